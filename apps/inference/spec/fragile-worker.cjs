// A worker as RestartingWorker expects it: doubles numbers, refuses negative ones, dies of 13.
const { parentPort, workerData } = require('node:worker_threads');
if (workerData === 'stillborn') parentPort.postMessage({ type: 'failed', failure: { message: 'no', field: 'source' } });
else {
  parentPort.on('message', ({ id, request }) => {
    if (request === 13)
      setImmediate(() => {
        throw new Error('thirteen');
      });
    else if (request < 0) parentPort.postMessage({ type: 'refusal', id, failure: { message: 'negative' } });
    else parentPort.postMessage({ type: 'answer', id, answer: 2 * request });
  });
  parentPort.postMessage({ type: 'ready', info: 'doubles' });
}
