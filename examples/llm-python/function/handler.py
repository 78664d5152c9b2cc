"""Answers a user's text message with a language model, and hands a user who asks for a human to an agent."""

import os

import conversation
import model

INSTRUCTIONS = os.environ["INSTRUCTIONS"]
HUMAN = "人工"


def handler(message, context):
    question = message["Content"]
    if HUMAN in question:
        return {"MsgType": "transfer_customer_service"}

    user = "{appId}#{openId}".format(**message["userInfo"])
    turn = conversation.key_of(message)
    answer = conversation.answer_to(user, turn)
    if answer is None:
        answer = model.complete(prompt(conversation.before(user, turn), question))
        conversation.keep(user, turn, question, answer)
    return answer


def prompt(turns, question):
    messages = [{"role": "system", "content": INSTRUCTIONS}]
    for turn in turns:
        messages.append({"role": "user", "content": turn["question"]})
        messages.append({"role": "assistant", "content": turn["answer"]})
    return [*messages, {"role": "user", "content": question}]
