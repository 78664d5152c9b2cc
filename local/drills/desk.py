"""The customer service of the drills: a function that answers texts, and what becomes of it after a bad deployment."""

WORKING = """
import time

def handler(message, context):
    question = message["Content"]
    if "human" in question:
        return {"MsgType": "transfer_customer_service"}
    if "take your time" in question:
        time.sleep(8)
    return "Answer to: " + question
"""
BROKEN = """
def handler(message, context):
    raise RuntimeError("the price list is gone")
"""


def answer_to(question: str) -> str:
    """What WORKING says."""
    return f"Answer to: {question}"
