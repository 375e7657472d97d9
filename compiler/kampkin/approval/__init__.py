"""`kampkin approval`: what a workflow must know before it trusts a pull request.

`revisions` has commits as folders of data, `data_only` says whether a pull request is Kampkin's YAML and nothing else.
`github` is the way to the forge's API, `forge` who approved, `reviewed` what was reviewed and whether that is what goes up,
`stacks` whether a stack takes up that very file and environment, `notes` the comments and the issues that are edited in place.
`command` is what a workflow calls.
"""
