/* The form of a block that has nothing but a title. */
function MigrEmpowerTitle(runtime, element) {
  'use strict';
  var host = element[0] || element, root = host.querySelector('.mige-studio'), field = root.querySelector('input');
  var words = JSON.parse(root.querySelector('script[type="application/json"]').textContent);
  var post = MigrEmpower.poster(runtime, host, words), save = root.querySelector('[data-act="save"]');

  function notify(name, data) { if (runtime.notify) { runtime.notify(name, data); } }
  function say(text) { root.querySelector('.mige-said').textContent = text; }
  /* Nothing is the title the block has by itself. */
  save.addEventListener('click', () => {
    var title = field.value.trim();
    save.disabled = true;
    say(words.saving);
    notify('save', { state: 'start' });
    post('submit_studio_edits', title ? { values: { display_name: title }, defaults: [] } : { values: {}, defaults: ['display_name'] }, 'result').then(() => {
      say(words.saved);
      notify('save', { state: 'end' });
    }, error => {
      var message = error.refused || words.failed;
      say(message);
      notify('error', { title: words.notSaved, message });
    }).then(() => { save.disabled = false; });
  });
  field.addEventListener('keydown', event => {
    if (event.key === 'Enter') { event.preventDefault(); save.click(); }
  });
  root.querySelector('[data-act="cancel"]').addEventListener('click', () => { notify('cancel', {}); });
}
