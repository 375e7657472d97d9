"""The specification as vectors: what a breaker does, step by step, and the same on every runtime.

Each `*.yaml` here is a list of vectors. One has a `name`, the sentences of docs/breaker.md that it `proves`, a `breaker`
section as in kampkin.yaml over Kampkin's defaults without jitter, and `steps`:

    [at, event, verdict, state, {…}]

`at` is the time since the vector began. `verdict` is what the request met: pass, probe, reject, would-reject (a breaker
that only monitors), or - where the event is no request. `state` is the record's, as the store holds it after the step.

    call RESULT         a request whose call ends at once: a status, or timeout, network, void
    begin ID            a request whose call goes on; end ID RESULT ends it
    wait                time goes by
    store down|up|lost  the store does not answer; answers again; has forgotten everything
    restart             the node is a fresh isolate
    deploy              `later`, the breaker section of the next release, runs from here on, on fresh nodes
    override MODE for DURATION, release, flip STATE
                        what a person does

Beside them a step may say: node (a where it says nothing; a, b, c), coin (0 to 9999; 9999 where it says nothing), after
(the origin's Retry-After, s), wait (the Retry-After that the caller is told, s), epoch, level.
"""
