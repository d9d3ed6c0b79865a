"""What is computed: Boolean circuits, learners, their file formats and reference semantics."""
