// A slider between the pictures before and after an edit, in the nodes that show both.
//
// It is that of ComfyUI's own Compare Images, which Nodes 2.0 draws and the classic canvas does not: there, in versions
// without that node, and wherever this script does not run, the node shows the two pictures themselves.

import { app } from "../../scripts/app.js"
import { api } from "../../scripts/api.js"

const NODES = new Set(["OOD_Edit", "OOD_KeepOriginal", "OOD_Deghost"])
const SLIDER = "imagecompare"

const comparing = () => "ImageCompare" in window.LiteGraph.registered_node_types
const nodes2 = () => Boolean(window.LiteGraph?.vueNodesMode)
const address = (picture) => api.apiURL(`/view?${new URLSearchParams(picture)}${app.getRandParam()}`)

function addSlider(node) {
  const surfaces = { canvas: "never", vueNode: "shown", panel: "never" } // where newer frontends draw it
  const slider = node.addWidget(SLIDER, "before and after", "", () => {}, { serialize: false, surfaces })
  slider.serialize = false // saved graphs hold the values of widgets by position
  Object.defineProperty(slider, "hidden", { get: () => !nodes2(), set: () => {} }) // for older ones
  Object.defineProperty(node, "hideOutputImages", { get: nodes2, set: () => {} })
  return slider
}

app.registerExtension({
  name: "OOD.BeforeAfter",
  nodeCreated(node) {
    if (!NODES.has(node.comfyClass)) return
    const executed = node.onExecuted
    node.onExecuted = function (output) {
      executed?.apply(this, arguments)
      if (!output?.a_images || !comparing()) return
      const slider = this.widgets?.find((widget) => widget.type === SLIDER) ?? addSlider(this)
      // Newer frontends look into the output by themselves.
      slider.value = { beforeImages: output.a_images.map(address), afterImages: output.b_images.map(address) }
    }
  },
})
