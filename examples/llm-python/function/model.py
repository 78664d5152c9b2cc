"""The language model: any endpoint that has OpenAI's chat completions."""

import json
import os
import time
import urllib.request
from functools import lru_cache

import boto3

BASE_URL = os.environ["BASE_URL"].rstrip("/")
MODEL = os.environ["MODEL"]
API_KEY_SECRET_ARN = os.environ.get("API_KEY_SECRET_ARN")
SECRETS = boto3.client("secretsmanager") if API_KEY_SECRET_ARN else None
KEY_LIFETIME_SECONDS = 300
SILENCE_SECONDS = 90
"""The longest wait for the next byte of an answer. The function's Timeout limits the whole run."""


def complete(messages):
    """The model's answer to a conversation. Raises if there is none, so that `deliver-reply` tries again and then calls an agent."""
    body = json.dumps({"model": MODEL, "messages": messages}).encode()
    request = urllib.request.Request(f"{BASE_URL}/chat/completions", body, {"Content-Type": "application/json"})
    if key := api_key():
        # Not among the headers that a redirect to another host would take along.
        request.add_unredirected_header("Authorization", f"Bearer {key}")
    with urllib.request.urlopen(request, timeout=SILENCE_SECONDS) as response:
        answer = json.load(response)["choices"][0]["message"]["content"]
    if not answer or not answer.strip():
        raise ValueError("the model returned no text")
    return answer


def api_key():
    """The key by the secret, else by the environment variable API_KEY; empty if the endpoint takes none."""
    if SECRETS is None:
        return os.environ.get("API_KEY", "")
    return _secret(int(time.monotonic() // KEY_LIFETIME_SECONDS))


@lru_cache(maxsize=1)
def _secret(period):
    """Read once in each period, so that a new key is used within five minutes."""
    return SECRETS.get_secret_value(SecretId=API_KEY_SECRET_ARN)["SecretString"].strip()
