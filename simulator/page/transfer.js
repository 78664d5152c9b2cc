// The one passive reply of a mini program that WeChat acts upon.

/** Whether the answer to this attempt puts the user into the queue for an agent. */
export const transfers = ({ reply, fault, is_ignored: isIgnored }) =>
  reply?.MsgType === "transfer_customer_service" && !fault && !isIgnored;
