"""Pictures, clips, networks and sheets: from files to tensors, and back."""
