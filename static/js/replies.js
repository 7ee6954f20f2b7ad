/* A learner's answers to what trainers recorded; each stays on the device until it has been sent. Needs learner.js. */

MigrEmpower.replies = page => {
  'use strict';
  page.all('[data-session]').forEach(node => {
    var session = node.getAttribute('data-session'), key = 'migrempower-reply:' + page.args.uid + session;
    var screen = node.closest('[data-screen]'), box = node.closest('article').querySelector('textarea');
    box.value = MigrEmpower.device(storage => storage.getItem(key)) || box.value;
    box.oninput = () => { MigrEmpower.device(storage => { storage.setItem(key, box.value); }); };
    node.onclick = () => {
      var text = box.value;
      screen.inert = true; // what is written or sent meanwhile would seem saved
      page.notice(page.words.loading);
      page.post('answer_view', { session, text, stamp: page.clock.now() }, 'text').then(() => {
        MigrEmpower.device(storage => { if (storage.getItem(key) === text) { storage.removeItem(key); } });
        return page.words.answered;
      }, error => error.refused || page.words.failed).then(said => {
        screen.inert = false;
        node.focus();
        page.notice(said);
      });
    };
  });
};
