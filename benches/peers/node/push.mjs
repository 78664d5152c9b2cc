// The smallest honest version of `push` in Node: it verifies, decrypts and parses a push, takes it once, and answers.
//
// Everything happens in one function: unlike the product it has no reply window, no delivery of late replies and no
// function of its own for each push type.

import { ConditionalCheckFailedException, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { XMLParser } from 'fast-xml-parser';
import WXBizMsgCrypt from 'wechat-crypto';

const dynamodb = new DynamoDBClient();
const secrets = new SecretsManagerClient();
const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: process.env.PUSH_SECRET_ARN }));
const { token, encoding_aes_key } = JSON.parse(SecretString);
const crypto = new WXBizMsgCrypt(token, encoding_aes_key, process.env.APP_ID);
const xml = new XMLParser({ parseTagValue: false });

const REPLIES = { hours: '9 to 5' };
const DAY = 24 * 60 * 60;

export async function handler(event) {
  const { msg_signature, timestamp, nonce } = event.queryStringParameters;
  const body = event.isBase64Encoded ? Buffer.from(event.body, 'base64').toString() : event.body;
  const encrypted = xml.parse(body).xml.Encrypt;
  if (crypto.getSignature(timestamp, nonce, encrypted) !== msg_signature) {
    return { statusCode: 403, body: 'invalid signature' };
  }
  const message = xml.parse(crypto.decrypt(encrypted).message).xml;
  const now = Math.floor(Date.now() / 1000);
  try {
    await dynamodb.send(
      new PutItemCommand({
        TableName: process.env.PUSH_DEDUPE_TABLE,
        Item: { push_key: { S: `${message.MsgId}#${message.FromUserName}` }, expires_at: { N: String(now + DAY) } },
        ConditionExpression: 'attribute_not_exists(push_key)',
      }),
    );
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return { statusCode: 200, body: 'success' };
  }
  return { statusCode: 200, body: answer(message, now, timestamp, nonce) };
}

function answer(message, now, timestamp, nonce) {
  if (message.MsgType !== 'text' || message.Content in REPLIES) return 'success';
  const encrypted = crypto.encrypt(
    `<xml><ToUserName><![CDATA[${message.FromUserName}]]></ToUserName>` +
      `<FromUserName><![CDATA[${message.ToUserName}]]></FromUserName>` +
      `<CreateTime>${now}</CreateTime><MsgType><![CDATA[transfer_customer_service]]></MsgType></xml>`,
  );
  return (
    `<xml><Encrypt><![CDATA[${encrypted}]]></Encrypt>` +
    `<MsgSignature><![CDATA[${crypto.getSignature(timestamp, nonce, encrypted)}]]></MsgSignature>` +
    `<TimeStamp>${timestamp}</TimeStamp><Nonce><![CDATA[${nonce}]]></Nonce></xml>`
  );
}
