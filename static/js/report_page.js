/* The report on a page of its own: the page knows the addresses of its requests. */
(() => {
  'use strict';
  var addresses = JSON.parse(document.querySelector('body > script[type="application/json"]').textContent);
  var runtime = { handlerUrl: (_, handler) => addresses[handler] };
  MigrEmpowerReport(runtime, document.querySelector('main'));
})();
