"""How faithfully *keep* puts other editors' work back: pairs whose true edit and true drift are known."""
