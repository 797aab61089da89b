"""One thing done with many conversations: a job of the worker, with progress, reasons and undo.

Few are done at once in the request, many in batches by the worker, always by the same code. A
conversation that refuses stays as it is with its reason, and the rest goes on.
"""
