#!/usr/bin/env python3
"""Stands in for llama-server where the ready-made binary does not suit the processor.

Takes the flags and gives the HTTP interface of llama-server that Linecook uses, through the xllamacpp package in the
folder beside this file. One process without children: its process id is the server's, and SIGTERM ends it.
"""
import argparse, os, signal, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "packages"))
import xllamacpp

flags = argparse.ArgumentParser(prog="llama-server", allow_abbrev=False)
flags.add_argument("-m", "--model", required=True)
flags.add_argument("--host", default="127.0.0.1")
flags.add_argument("--port", type=int, default=8080)
flags.add_argument("--api-key", default=os.environ.get("LLAMA_API_KEY"))
flags.add_argument("-np", "--parallel", type=int, default=1)
flags.add_argument("-c", "--ctx-size", type=int, default=0)
flags.add_argument("-t", "--threads", type=int, default=-1)
flags.add_argument("--cache-ram", type=int, default=0)
flags.add_argument("--slots", action=argparse.BooleanOptionalAction, default=True)
given, others = flags.parse_known_args()  # the others (--no-webui, --offline, …) change nothing here

server_settings = xllamacpp.CommonParams()
server_settings.model.path = given.model
server_settings.hostnames = [given.host]
server_settings.port = given.port
server_settings.api_keys = [given.api_key] if given.api_key else []
server_settings.n_parallel = given.parallel
server_settings.n_ctx = given.ctx_size
server_settings.cpuparams.n_threads = given.threads
server_settings.cache_ram_mib = given.cache_ram
server_settings.endpoint_slots = given.slots
server_settings.ui = False

for stop in (signal.SIGTERM, signal.SIGINT):
    signal.signal(stop, signal.SIG_DFL)  # it keeps nothing on disk, so it need not be asked twice
server = xllamacpp.Server(server_settings)  # returns when the model is loaded
print(f"llama_server: listening on {server.listening_address}", file=sys.stderr, flush=True)
signal.pause()
