"""procrastinate's bulk defer: `python defer.py JOBS`."""

from __future__ import annotations

import json
import os
import sys
import time

from procrastinate import App, SyncPsycopgConnector

app = App(connector=SyncPsycopgConnector(conninfo=os.environ["PEER_DATABASE_URL"]))


@app.task
def count(text: str) -> int:
    return len(text)


if __name__ == "__main__":
    jobs = int(sys.argv[1])
    with app.open():
        if not app.check_connection():
            app.schema_manager.apply_schema()
        count.batch_defer({"text": "warm up"})
        start = time.perf_counter()
        count.batch_defer(*({"text": f"It is great {number}"} for number in range(jobs)))
        print(json.dumps({"jobs_per_s": jobs / (time.perf_counter() - start)}))
