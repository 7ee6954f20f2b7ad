/* In the frame of Studio's preview: the learner's page with requests answered through the editor around it. The frame
   has an origin of its own, so it has neither cookies nor storage, and reaches nothing of the author's. */
(() => {
  'use strict';
  var waiting = {}, number = 0;
  Object.defineProperty(document, 'cookie', { get: () => '' });
  window.fetch = (handler, options) => new Promise((resolve, reject) => {
    number += 1;
    waiting[number] = { resolve, reject };
    window.parent.postMessage({ migrempower: 'call', number, handler, body: JSON.parse(options.body) }, '*');
  });
  window.addEventListener('message', event => {
    var call = event.source === window.parent && waiting[event.data.number];
    if (!call) { return; }
    delete waiting[event.data.number];
    if (!event.data.status) { call.reject(new TypeError('no connection')); return; }
    call.resolve(new Response(JSON.stringify(event.data.reply), {
      status: event.data.status, headers: { 'Content-Type': 'application/json' }
    }));
  });
  /* Files and other pages are not for trying. */
  document.addEventListener('click', event => {
    if (event.target.closest('a[href]')) { event.preventDefault(); }
  });
  document.addEventListener('keydown', event => {
    if (event.key === 'Escape') { window.parent.postMessage({ migrempower: 'leave' }, '*'); }
  });
  window.addEventListener('load', () => {
    var runtime = { handlerUrl: (_, handler) => handler };
    window[document.body.dataset.initializer](runtime, document.querySelector('main'));
  });
})();
