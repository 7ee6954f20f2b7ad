/* The passport: what is written is saved as it is written; documents are made on demand. Needs learner.js. */

function MigrEmpowerPassport(runtime, element) {
  'use strict';
  var page = MigrEmpower.page(runtime, element, MigrEmpowerPassport, arguments[2]);
  if (!page) { return; }
  var root = page.root, args = page.args, words = page.words, make = page.make, part = page.part, store;
  if (!args.answers) { page.finish(); return; }

  function marks() { page.all('[data-part="mark"]').forEach(node => { node.replaceChildren(page.savedMark()); }); }
  function go(name, quietly) {
    page.show(name, quietly);
    page.all('.mige-rooms button').forEach(node => {
      if (node.getAttribute('data-name') === name) { node.setAttribute('aria-current', 'true'); } else { node.removeAttribute('aria-current'); }
    });
  }
  function value(node) {
    if (node.type !== 'checkbox') { return node.value; }
    return (node.hasAttribute('data-turned') ? !node.checked : node.checked) || ''; // what is not chosen is not kept
  }
  function entry(node) { return node.closest('[data-entry]'); }
  /* The first word about something that came from an answer takes the answer's own words along. */
  function whole(box) {
    var found = {};
    page.all('[data-field]').filter(node => entry(node) === box).forEach(node => { found[node.getAttribute('data-field')] = value(node); });
    if (box.getAttribute('data-competence')) { found.competence = box.getAttribute('data-competence'); }
    return found;
  }
  function typed(event) {
    var node = event.target.closest('[data-field]'), box = node && entry(node);
    if (!box || !node.validity.valid) { return; }
    store.set(box.getAttribute('data-entry'), whole(box), node.matches('textarea, input:not([type="checkbox"])') ? 600 : 0);
  }
  function put(box, id) {
    var held = store.get(id);
    page.all('[data-field]').filter(node => entry(node) === box).forEach(node => {
      var now = held[node.getAttribute('data-field')];
      if (node.type === 'checkbox') { node.checked = node.hasAttribute('data-turned') ? !now : !!now; } else { node.value = now || ''; }
    });
  }
  function fresh(kind, id, competence) {
    var box = root.querySelector('template[data-new="' + kind + '"]').content.firstElementChild.cloneNode(true);
    box.setAttribute('data-entry', id);
    if (competence) { box.setAttribute('data-competence', competence); }
    root.querySelector('[data-list="' + kind + '"]').append(box);
    return box;
  }
  function add(node) {
    var kind = node.getAttribute('data-kind'), competence = node.getAttribute('data-competence');
    var prefix = kind === 'step' ? 'step:' : 'experience:own/';
    var id = prefix + page.clock.now().toString(36) + Math.random().toString(36).slice(2, 8);
    var box = fresh(kind, id, competence), from = node.closest('li'), advice;
    if (competence) {
      advice = from.querySelector('[data-part="advice"]') || from.querySelector('strong');
      box.querySelector('[data-field="will"]').value = advice.textContent;
      store.set(id, whole(box), 0);
      from.remove();
      page.notice(words.added);
    }
    box.querySelector('textarea, input:not([type="checkbox"])').focus();
  }
  function remove(node) {
    var box = entry(node), id = box.getAttribute('data-entry'), before = whole(box);
    store.set(id, Object.assign(before, { gone: true }), 0);
    box.hidden = true;
    page.notice(words.removed, page.button(words.undo, 'mige-second', () => {
      store.set(id, Object.assign(whole(box), { gone: '' }), 0);
      box.hidden = false;
      page.notice('');
      box.querySelector('textarea, input').focus();
    }));
    root.querySelector('.mige-notice button').focus();
  }

  /* What waits on this device, or came from another one, stands in the page. */
  function restore() {
    Object.keys(store.all()).forEach(id => {
      var box = root.querySelector('[data-entry="' + CSS.escape(id) + '"]'), held = store.get(id);
      if (!box && !held.gone && /^(step|experience):/.test(id)) { box = fresh(id.split(':')[0], id, held.competence); }
      if (!box) { return; }
      put(box, id);
      box.hidden = !!held.gone;
    });
  }

  function preview() {
    return store.flush().then(() => page.post('preview', {})).then(reply => {
      part('paper').innerHTML = reply.html; // from our own handler, escaped there
      page.notice('');
    });
  }
  function failed(error) { page.notice((error && error.refused) || words.failed); }
  function made(node) {
    var kind = node.getAttribute('data-kind'), link = root.querySelector('[data-file="' + kind + '"]');
    var place = part('ready');
    if (place.textContent === words.making) { return; }
    place.textContent = words.making;
    store.flush().then(() => fetch(link.href)).then(reply => {
      var name = (reply.headers.get('Content-Disposition') || '').replace(/.*filename="([^"]*)".*/, '$1');
      if (!reply.ok) { throw reply; }
      return reply.blob().then(blob => new File([blob], name, { type: blob.type }));
    }).then(file => {
      var save = make('a', { 'class': 'mige-second', href: URL.createObjectURL(file), download: file.name }, words.download);
      place.replaceChildren(words.made + ' ', save, ' ');
      if (navigator.canShare && navigator.canShare({ files: [file] })) {
        place.append(page.button(words.send, 'mige-second', () => { navigator.share({ files: [file] }).catch(() => {}); }));
      }
      save.focus();
    }).catch(() => { place.textContent = words.notMade; });
  }
  function shareBlock(node) {
    var wish = node.checked;
    page.post('share_block', { block: node.getAttribute('data-block'), shared: wish, stamp: page.clock.now() }, 'shared').then(reply => {
      node.checked = reply.shared;
      page.notice('');
    }, error => { node.checked = !wish; failed(error); });
  }

  page.actions = {
    go: node => { go(node.getAttribute('data-name')); },
    add: add,
    remove: remove,
    preview: () => {
      page.notice(words.loading);
      preview().then(() => { part('paper').querySelector('[tabindex]').focus(); }).catch(failed);
    },
    make: made,
    print: () => { preview().then(() => { window.print(); }).catch(failed); },
    'share-block': shareBlock,
    'own-language': node => { page.choose(node, 'choose_languages', { own: node.value }); }
  };
  MigrEmpower.replies(page);
  store = page.open({
    number: args.number,
    fields: ['will', 'on', 'with', 'done', 'gone', 'competence', 'where', 'when', 'did', 'outcome', 'private', 'name', 'host', 'own', 'with_earlier',
      'without_strengths', 'without_competences', 'without_trainer', 'without_training', 'without_experiences', 'without_plan'],
    fits: () => true,
    send: answers => page.post('save_answers', { number: args.number, answers: answers }, 'answers'),
    changed: (state, message, elsewhere) => {
      marks();
      (elsewhere || []).forEach(id => {
        var box = root.querySelector('[data-entry="' + CSS.escape(id) + '"]');
        if (box) { put(box, id); box.hidden = !!store.get(id).gone; page.notice(words.changedElsewhere); }
      });
    }
  });
  root.addEventListener('input', typed);
  restore();
  page.finish();
}
