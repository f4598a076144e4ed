"""Python runs this file before the emulator, because local/emulator/emulator.ts puts its folder on PYTHONPATH."""

import asyncio.base_events
import json
import os
import signal
import socket
import threading
import time


def answer_without_delay(sock):
    # The emulator's HTTP server opens its listener with protocol 0, for which asyncio skips TCP_NODELAY. Linux kernels
    # that delay acknowledgements then hold back each answer for 40 ms: an SDK call took 47.9 ms without this function
    # and 2.1 ms with it. Newer kernels (seen: 6.18) don't, and take 1.0 ms either way.
    if sock.family in (socket.AF_INET, socket.AF_INET6) and sock.type == socket.SOCK_STREAM:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def end_with_starter():
    # The starter holds the other end of this pipe and never writes: it closes when the starter is gone, even if it was
    # killed with SIGKILL and could not clean up.
    while os.read(0, 1024):
        pass
    leads_group = os.getpgrp() == os.getpid()
    for signal_number in (signal.SIGTERM, signal.SIGKILL):
        if leads_group:
            os.killpg(0, signal_number)
        else:
            os.kill(os.getpid(), signal_number)
        time.sleep(3)


def keep_state_whatever_happens():
    # The emulator copies its state while its own threads still change it. A copy that fails («dictionary changed size
    # during iteration») is logged and that service's state is not kept: another try gets it.
    from ministack.core import persistence

    save_all = persistence.save_all

    def patiently(get_state):
        def get():
            for _ in range(50):
                try:
                    return get_state()
                except RuntimeError:
                    time.sleep(0.05)
            return get_state()

        return get

    persistence.save_all = lambda services: save_all({name: patiently(get) for name, get in services.items()})


def serve_in_c():
    # The emulator's own server parses HTTP in Python: an SDK call cost 0.9 ms of processor time with it, 0.4 ms with this.
    try:
        import httptools  # uvicorn looks for it only when it starts
        import hypercorn.asyncio
        import uvicorn
    except ImportError:
        return  # An emulator from the PATH brings what it brings.

    async def serve(app, config):
        host, _, port = config.bind[0].rpartition(":")
        settings = uvicorn.Config(
            app,
            host=host,
            port=int(port),
            # Not uvloop, which was no faster here.
            loop="asyncio",
            http="httptools",
            lifespan="on",
            log_level="warning",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            timeout_keep_alive=int(config.keep_alive_timeout),
            timeout_graceful_shutdown=int(config.graceful_timeout),
        )
        await uvicorn.Server(settings).serve()

    hypercorn.asyncio.serve = serve


def answer_when_logs_are_read():
    # After each call of a function that has logged nothing, the emulator waits 50 ms for a line, looking every millisecond:
    # a GET took 61 ms, and 7 ms of processor time, without this function, 22 ms and 5 ms with it. A process writes its lines
    # before its answer, so they are there by then.
    try:
        from ministack.core.lambda_runtime import Worker

        Worker._drain_stderr_bounded.__defaults__ = (0.010, 0.003, 0.250)
    except (ImportError, AttributeError):
        pass  # Another version, from the PATH.


def keep_compiled(folder):
    # Every process of a function requires the script first, which says what for.
    try:
        from ministack.core import lambda_runtime
    except ImportError:
        return  # An older emulator from the PATH.

    script = os.path.join(os.path.dirname(os.path.dirname(__file__)), "compile-cache.cjs")
    require = f"require({json.dumps(script)})({json.dumps(folder)});\n"
    lambda_runtime._NODEJS_WORKER_SCRIPT = require + lambda_runtime._NODEJS_WORKER_SCRIPT


asyncio.base_events._set_nodelay = answer_without_delay

serve_in_c()

answer_when_logs_are_read()

if "EVENT_BROKER_COMPILED" in os.environ:
    keep_compiled(os.environ.pop("EVENT_BROKER_COMPILED"))

if os.environ.get("PERSIST_STATE") == "1":
    keep_state_whatever_happens()

# Removed at once, so that a Python process that the emulator starts doesn't read from the same pipe.
if os.environ.pop("EVENT_BROKER_END_WITH_STARTER", None) == "1":
    threading.Thread(target=end_with_starter, daemon=True).start()
