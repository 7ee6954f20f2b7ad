/* A learner's answer to what a trainer recorded; it stays on the device until it has been sent. Needs learner.js. */

MigrEmpower.replies = page => {
  'use strict';
  function kept(node) {
    return ['migrempower-reply:' + page.args.uid + node.getAttribute('data-session'), node.closest('article').querySelector('textarea')];
  }
  page.all('[data-act="answer-view"]').forEach(node => {
    var [key, box] = kept(node);
    box.value = MigrEmpower.device(storage => storage.getItem(key)) || box.value;
    box.addEventListener('input', () => { MigrEmpower.device(storage => { storage.setItem(key, box.value); }); });
  });
  return node => {
    var [key, box] = kept(node), text = box.value;
    page.post('answer_view', { session: node.getAttribute('data-session'), text: text, stamp: page.clock.now() }).then(() => {
      MigrEmpower.device(storage => { if (storage.getItem(key) === text) { storage.removeItem(key); } });
      page.notice(page.words.answered);
    }, error => { page.notice(error.refused || page.words.failed); });
  };
};
