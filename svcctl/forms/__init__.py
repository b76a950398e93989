"""Forms that people fill in and send back: what a form of a noun asks for. Values only; how it looks is ``xlsx``'s business."""
