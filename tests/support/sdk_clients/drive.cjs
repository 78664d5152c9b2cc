// Runs co-wechat-api for one scenario. Its first argument is a program that makes `api`. Then each line of standard input is a
// JSON array of calls, [method, argument...], that are made at once, and each line of standard output the array of what came of
// them: {"value": ...} or {"error": {...}}. Bytes travel as {"base64": ...}.
'use strict'

const { createInterface } = require('node:readline')

const api = new Function('require', 'process', `${process.argv[2]}\nreturn api`)(require, process)

const bytesIn = (key, value) => (value && typeof value.base64 === 'string' ? Buffer.from(value.base64, 'base64') : value)

const bytesOut = (value) => (Buffer.isBuffer(value) ? { base64: value.toString('base64') } : value)

const outcome = async ([method, ...parameters]) => {
  try {
    return { value: bytesOut(await api[method](...parameters)) }
  } catch ({ name, code, message }) {
    return { error: { name, code, message } }
  }
}

const main = async () => {
  for await (const line of createInterface({ input: process.stdin })) {
    const calls = JSON.parse(line, bytesIn)
    process.stdout.write(`${JSON.stringify(await Promise.all(calls.map(outcome)))}\n`)
  }
}

main()
