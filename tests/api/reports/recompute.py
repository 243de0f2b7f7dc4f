"""Recomputes, with nothing of the product, the hash of a frozen report and the commitments that an auditor opened.

Reads {"form": the published form as JSON, however it is laid out, "opened": [{"about", "value", "key"}]}.
"""
import hashlib
import hmac
import json
import sys

given = json.load(sys.stdin.buffer)
form = json.dumps(given["form"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
print(hashlib.sha256(form.encode("utf-8")).hexdigest())
for opened in given.get("opened", []):
    number = "" if opened["value"] is None else str(opened["value"])
    text = opened["about"] + "\n" + number
    key = bytes.fromhex(opened["key"])
    print(hmac.new(key, text.encode("utf-8"), hashlib.sha256).hexdigest())
