"""`kampkin init`: the files of a GitOps repository.

`repository` knows which files there are and what is in them, as a pure function of a few answers; `command` finds the
answers, looks at what stands in the folder, and writes. The texts lie in `files`.
"""
