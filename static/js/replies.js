/* A learner's answer to what a trainer recorded; it stays on the device until it has been sent. Needs learner.js. */

MigrEmpower.replies = page => {
  'use strict';
  var isSending = false;
  function kept(node) {
    return ['migrempower-reply:' + page.args.uid + node.getAttribute('data-session'), node.closest('article').querySelector('textarea')];
  }
  page.all('[data-act="answer-view"]').forEach(node => {
    var [key, box] = kept(node);
    box.value = MigrEmpower.device(storage => storage.getItem(key)) || box.value;
    box.addEventListener('input', () => { MigrEmpower.device(storage => { storage.setItem(key, box.value); }); });
  });
  return node => {
    var [key, box] = kept(node), text = box.value, session = node.getAttribute('data-session');
    if (isSending) { return; }
    isSending = true;
    page.notice(page.words.loading);
    page.post('answer_view', { session, text, stamp: page.clock.now() }, 'text').then(() => {
      MigrEmpower.device(storage => { if (storage.getItem(key) === text) { storage.removeItem(key); } });
      return page.words.answered;
    }, error => error.refused || page.words.failed).then(said => {
      isSending = false;
      page.notice(said);
    });
  };
};
