"""The third target: a constant-size convolutional filter that memorises by SGD, then computes.

Goel, Kakade, Kalai and Zhang, "Recurrent convolutional neural networks learn succinct learning
algorithms" (2022), appendix B, built small and proved right on every patch that it can meet.
`machine_to_rcnn` is the pass; in the order of reading, the modules are

    cells, codes, coding      what a cell holds, and the number that stands for it
    specification             f_Conv2D: what becomes of a cell; where the paper is corrected
    layers, grids, initial    what layers do to whole grids; W, the input, how many layers
    places, gates, synthesis  f_Conv2D as gates, and the gates as V1 .. V5
    head, filter, filterfile  f_head; all of it; files
    patches, closure, tables, admissible          the certificate
    significance, floats      why floats compute it exactly, and the arrays
    lemma5                    the paper's own construction, for small domains
    rationals, affine, relu_net                   exact arithmetic
"""
