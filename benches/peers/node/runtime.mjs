// Asks the Runtime API for events and answers them. Lambda's own client for Node has to be compiled on each machine and does
// more, so that this one measures in favour of Node.

import http from 'node:http';

import { handler } from './push.mjs';

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
const agent = new http.Agent({ keepAlive: true });
const base = '/2018-06-01/runtime/invocation';

function call(method, path, body) {
  return new Promise((resolve, reject) => {
    const request = http.request({ host, port, method, path: base + path, agent }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(chunks) }));
    });
    request.on('error', reject);
    request.end(body);
  });
}

for (;;) {
  const { headers, body } = await call('GET', '/next');
  const id = headers['lambda-runtime-aws-request-id'];
  try {
    await call('POST', `/${id}/response`, JSON.stringify(await handler(JSON.parse(body))));
  } catch (error) {
    await call('POST', `/${id}/error`, JSON.stringify({ errorType: error.name, errorMessage: error.message }));
  }
}
