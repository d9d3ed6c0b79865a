"""The recurrent convolutional net of Goel et al. in torch: stock SGD memorises, then it computes.

`runtime.rcnn.module` has the layers, `runtime.rcnn.fast` what makes thousands of them cheap, and
`runtime.rcnn.verify` compares all of it with the machine.
"""
