// Preloaded into the functions of a service that is slowed down, on a local cloud only: each of their HTTP requests waits.
const http = require('node:http');

const MILLISECONDS = 500;
const { request } = http;
http.request = (...args) => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, MILLISECONDS);
  return request(...args);
};
