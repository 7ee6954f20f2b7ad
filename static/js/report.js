/* The trainers' report: its parts, one learner, counselling, files to take away. Needs learner.js. */

function MigrEmpowerReport(runtime, element) {
  'use strict';
  var host = element[0] || element, root = host.querySelector('.mige-report');
  if (!root || root.getAttribute('data-open')) { return; }
  root.setAttribute('data-open', 'yes');
  var args = JSON.parse(root.querySelector('script[type="application/json"]').textContent), words = args.words;
  var make = MigrEmpower.make, fill = MigrEmpower.fill, post = MigrEmpower.poster(runtime, host, words);
  var frame = root.querySelector('.mige-report-frame'), one = root.querySelector('.mige-report-one');
  var body = root.querySelector('.mige-report-body'), fold = host.querySelector('.mige-report-fold');
  var wish = { part: 'who' }, shown = wish, turn = 0, opener = null, timer = null, unkept = {};

  function part(name) { return root.querySelector('[data-part="' + name + '"]'); }
  function all(selector, within) { return Array.from((within || root).querySelectorAll(selector)); }
  function nothing() { /* the notice has said it */ }
  function notice(text) {
    root.querySelector('.mige-report-notice').textContent = text || '';
  }

  /* The last wish counts, whatever order the replies come in: nobody hears of an older one's. */
  function ask(handler, data) {
    var mine = turn += 1;
    var slow = window.setTimeout(() => { if (mine === turn) { notice(words.loading); } }, 400);
    root.setAttribute('aria-busy', 'true');
    return new Promise((give, fail) => {
      function ended(next, text) {
        window.clearTimeout(slow);
        if (mine !== turn) { return; }
        root.removeAttribute('aria-busy');
        notice(text);
        next();
      }
      post(handler, data).then(reply => { ended(() => { give(reply); }); },
        error => { ended(fail, error.refused || words.failed); });
    });
  }
  function load(change) {
    wish = Object.assign({}, wish, change);
    window.clearTimeout(timer);
    return ask('report', wish).then(reply => {
      shown = wish;
      body.innerHTML = reply.html; // from our own handler, escaped there
      grids();
      watch();
      settle();
    }, error => { wish = shown; settle(); throw error; });
  }
  /* What is chosen is what is shown, also when something else was wished in vain. */
  function settle() {
    all('[data-act="part"]').forEach(node => {
      if (node.getAttribute('data-name') === shown.part) { node.setAttribute('aria-current', 'page'); }
      else { node.removeAttribute('aria-current'); }
    });
    all('[data-wish]').forEach(node => {
      var name = node.getAttribute('data-wish');
      node.value = name in shown ? shown[name]
        : node.defaultValue || (node.querySelector('[selected]') || node[0]).value;
    });
  }
  function chosen(nodes) {
    var found = {};
    nodes.forEach(node => {
      found[node.getAttribute('data-wish')] = node.type === 'number' ? Number(node.value) : node.value;
    });
    return found;
  }
  function more(node) {
    var row = node.closest('[data-part="more"]'), holder = make('template');
    ask('report', Object.assign({}, shown, { after: node.getAttribute('data-after') })).then(reply => {
      var first, target;
      holder.innerHTML = reply.html;
      first = holder.content.firstElementChild;
      row.replaceWith(holder.content);
      target = cells(first)[0] || first.querySelector('button') || first;
      if (target === first) { target.tabIndex = -1; }
      target.focus();
    }).catch(nothing);
  }

  /* The heat map is one stop of the tab key; arrows move inside. */
  function cells(row) { return all('[role="gridcell"][tabindex]', row); }
  function grids() {
    all('.mige-report-tall').forEach(box => {
      var first = cells(box)[0];
      // What is in focus is not covered by the names and titles that stay in sight.
      box.style.scrollPaddingBlockStart = box.querySelector('thead').lastElementChild.offsetHeight + 'px';
      if (!first) { return; }
      first.tabIndex = 0;
      box.style.scrollPaddingInlineStart = first.parentNode.firstElementChild.offsetWidth + 'px';
    });
  }
  function tell(cell) {
    var row = cell.parentNode, grid = cell.closest('[role="grid"]');
    var head = all('thead [data-name]', grid)[cells(row).indexOf(cell)], place = part('cell'), text = fill(words.cell, {
      name: row.querySelector('th').textContent.trim(), competence: head.getAttribute('data-name'),
      words: cell.getAttribute('data-words')
    });
    if (place.textContent !== text) { place.textContent = text; }
  }
  function stop(cell) {
    all('[role="gridcell"][tabindex="0"]', cell.closest('[role="grid"]')).forEach(each => { each.tabIndex = -1; });
    cell.tabIndex = 0;
  }
  function go(cell, event) {
    var grid = cell.closest('[role="grid"]'), rows = all('tbody tr', grid).filter(row => cells(row).length);
    var line = cells(cell.parentNode), column = line.indexOf(cell), row = rows.indexOf(cell.parentNode);
    var along = getComputedStyle(grid).direction === 'rtl' ? -1 : 1;
    var steps = {
      ArrowRight: [0, along], ArrowLeft: [0, -along], ArrowDown: [1, 0], ArrowUp: [-1, 0],
      PageDown: [10, 0], PageUp: [-10, 0], Home: [event.ctrlKey ? -row : 0, -column],
      End: [event.ctrlKey ? rows.length : 0, line.length]
    };
    var step = steps[event.key];
    if (!step) { return; }
    event.preventDefault();
    row = Math.min(rows.length - 1, Math.max(0, row + step[0]));
    cells(rows[row])[Math.min(line.length - 1, Math.max(0, column + step[1]))].focus();
  }

  /* One learner. */
  function show(learner, node) {
    opener = node;
    ask('profile', { learner: learner }).then(reply => {
      draw(reply.html);
      one.querySelector('h3').focus({ preventScroll: true });
      root.scrollIntoView();
    }).catch(nothing);
  }
  function draw(html) {
    one.innerHTML = html; // from our own handler, escaped there
    one.hidden = false;
    frame.hidden = true;
    restore();
  }
  function back() {
    var left = form() && !isEmpty(written()) && !unkept[key()];
    one.hidden = true;
    one.textContent = '';
    frame.hidden = false;
    notice(left && words.kept);
    if (opener && opener.isConnected) { opener.focus(); } else { body.focus(); }
  }

  /* Counselling: what is not saved yet is kept on this device, until it is. A session's id belongs to what was written:
     the same twice is one record, and what is changed after a reply got lost is another. */
  function form() { return part('view'); }
  function key() { return args.draft + ':' + form().getAttribute('data-learner'); }
  function session() {
    var bytes = window.crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');
  }
  function field(name, within) { return within.querySelector('[data-field="' + name + '"]'); }
  function written() {
    var found = { levels: {}, notes: {}, steps: [], comment: field('comment', form()).value };
    all('[data-competence]', form()).forEach(node => {
      var id = node.getAttribute('data-competence'), level = field('level', node).value, notes = {};
      if (level) { found.levels[id] = Number(level); }
      all('textarea', node).forEach(each => {
        if (each.value.trim()) { notes[each.getAttribute('data-field')] = each.value; }
      });
      if (Object.keys(notes).length) { found.notes[id] = notes; }
    });
    all('[data-step]', form()).forEach(node => {
      found.steps.push({ text: field('text', node).value, by: field('by', node).value });
    });
    found.session = form().getAttribute('data-session');
    return found;
  }
  function isEmpty(view) {
    return !Object.keys(view.levels).length && !Object.keys(view.notes).length && !view.comment.trim() &&
      !view.steps.some(step => step.text.trim());
  }
  function kept(mine) {
    return unkept[mine] || MigrEmpower.device(storage => JSON.parse(storage.getItem(mine)));
  }
  /* Another tab may have begun something of its own. */
  function forget(mine, session) {
    if ((kept(mine) || {}).session !== session) { return; }
    delete unkept[mine];
    MigrEmpower.device(storage => { storage.removeItem(mine); });
  }
  function keep() {
    var before = form().getAttribute('data-session'), view;
    form().setAttribute('data-session', session());
    view = written();
    if (isEmpty(view)) { forget(key(), before); } else {
      unkept[key()] = view;
      MigrEmpower.device(storage => {
        storage.setItem(key(), JSON.stringify(view));
        delete unkept[key()];
      });
    }
    notice('');
    marks();
  }
  function said(text) { part('said').textContent = text; }
  /* What the form says about itself: each competence talked about, the steps, what is not saved. */
  function marks() {
    var left = !isEmpty(written());
    all('[data-competence]', form()).forEach(node => {
      var level = field('level', node), notes = all('textarea', node).some(each => each.value.trim());
      node.querySelector('[data-part="mine"]').textContent =
        level.value ? '✓ ' + level.selectedOptions[0].text : notes ? '✓' : '';
    });
    form().querySelector('[data-act="forget"]').hidden = !left;
    form().querySelector('[data-act="step"]').hidden = !form().querySelector('[data-step][hidden]');
    said(left && !unkept[key()] ? words.kept : '');
  }
  function put(within, name, value) {
    var node = field(name, within);
    if (node && value !== undefined) { node.value = value; }
  }
  function restore() {
    var view;
    if (!form()) { return; }
    view = kept(key());
    form().setAttribute('data-session', (view && view.session) || session());
    if (view) {
      all('[data-competence]', form()).forEach(node => {
        var id = node.getAttribute('data-competence'), notes = view.notes[id] || {};
        put(node, 'level', view.levels[id]);
        Object.keys(notes).forEach(name => { put(node, name, notes[name]); });
        node.open = id in view.levels || id in view.notes;
      });
      all('[data-step]', form()).forEach((node, number) => {
        var step = view.steps[number] || {};
        put(node, 'text', step.text);
        put(node, 'by', step.by);
        if (step.text || step.by) { node.hidden = false; }
      });
      put(form(), 'comment', view.comment);
      notice(words.restored);
    }
    marks();
  }
  function save() {
    var sent = form(), view = written(), mine = key();
    if (sent.inert) { return; }
    view.learner = sent.getAttribute('data-learner');
    view.block = sent.getAttribute('data-block');
    view.steps = view.steps.filter(step => step.text.trim());
    sent.inert = true; // what is written meanwhile would be lost
    notice(''); // it may say that an earlier one was saved
    said(words.loading);
    post('save_view', view).then(reply => {
      forget(mine, view.session);
      if (sent.isConnected) {
        draw(reply.html);
        one.querySelector('.mige-report-view h5').focus({ preventScroll: true });
        one.querySelector('.mige-report-view').scrollIntoView();
      }
      notice(words.saved);
    }, error => {
      if (!sent.isConnected) { notice(error.refused || words.failed); return; }
      sent.inert = false;
      sent.querySelector('.mige-report-main').focus();
      said(error.refused || words.failed);
    });
  }
  function throwAway() {
    forget(key(), form().getAttribute('data-session'));
    form().reset();
    notice('');
    form().setAttribute('data-session', session());
    all('[data-step]', form()).forEach((node, number) => { node.hidden = number > 0; });
    marks();
    form().querySelector('.mige-report-main').focus();
  }

  /* Files are made on the server, at once or in the background. The place where it is told goes with its part. */
  function tellJob(place, text, ...nodes) {
    var had = place.contains(document.activeElement);
    place.replaceChildren(place.firstElementChild, ...nodes);
    place.firstElementChild.textContent = text;
    if (had) { (nodes[nodes.length - 1] || place.parentNode.querySelector('button')).focus(); }
  }
  function making(place, job) {
    var text = job.total ? fill(words.making, job) : words.loading, bar = place.querySelector('progress');
    if (!bar) {
      bar = make('progress', {});
      tellJob(place, text, bar, make('button', { type: 'button', 'data-act': 'stop', 'data-job': job.id }, words.stop));
    }
    place.firstElementChild.textContent = text;
    bar.setAttribute('aria-label', text);
    bar.max = job.total || 1;
    bar.value = job.done;
  }
  function follow(place, job) {
    var had;
    window.clearTimeout(timer);
    if (!place.isConnected) { return; } // the part asks again when it is opened
    if (job.state === 'waiting' || job.state === 'running') {
      making(place, job);
      timer = window.setTimeout(look, 1000, place, job.id);
    } else if (job.state === 'done' && job.kind === 'figures') {
      had = body.contains(document.activeElement);
      load().then(() => { if (had) { body.querySelector('h3').focus(); } }).catch(nothing);
    } else if (job.state === 'done') {
      tellJob(place, words.ready, make('a', {
        'class': 'mige-report-file', href: job.address, download: job.name
      }, fill(words.download, job)));
    } else { tellJob(place, job.state === 'cancelled' ? words.cancelled : words.notMade); }
  }
  function askJob(place, handler, data) {
    return post(handler, data, 'job').then(reply => { follow(place, reply.job); }, error => {
      tellJob(place, error.refused || words.failed);
    });
  }
  function look(place, id) {
    post('report_progress', { job: id }, 'job').then(reply => { follow(place, reply.job); }, error => {
      if (error.refused) { tellJob(place, error.refused); return; }
      timer = window.setTimeout(look, 5000, place, id);
    });
  }
  function start(data) {
    var place = part('job');
    if (place.getAttribute('aria-busy')) { return; } // a second click
    place.setAttribute('aria-busy', 'true');
    tellJob(place, words.loading);
    askJob(place, 'start_report', Object.assign({ group: shown.group || '' }, data)).then(() => {
      place.removeAttribute('aria-busy');
    });
  }
  /* A job under way when this part opens. */
  function watch() {
    var place = part('job'), id = place && place.getAttribute('data-job');
    if (id) { look(place, id); }
  }

  var actions = {
    part: node => {
      load({ part: node.getAttribute('data-name') }).then(() => { body.querySelector('h3').focus(); }).catch(nothing);
    },
    more: more,
    open: node => { show(node.getAttribute('data-learner'), node); },
    back: back,
    print: () => { window.print(); },
    step: () => {
      var next = form().querySelector('[data-step][hidden]');
      next.hidden = false;
      marks();
      field('text', next).focus();
    },
    forget: throwAway,
    figures: () => { start({ kind: 'figures' }); },
    stop: node => { askJob(part('job'), 'cancel_report', { job: node.getAttribute('data-job') }); }
  };
  root.addEventListener('click', event => {
    var node = event.target.closest('[data-act]');
    if (node && actions[node.getAttribute('data-act')]) { actions[node.getAttribute('data-act')](node); }
  });
  root.addEventListener('change', event => {
    var node = event.target;
    if (!node.matches('select[data-wish]') || node.closest('form')) { return; }
    load(chosen([node])).catch(nothing).then(() => {
      root.querySelector('[data-wish="' + node.getAttribute('data-wish') + '"]').focus();
    });
  });
  root.addEventListener('input', event => { if (form() && form().contains(event.target)) { keep(); } });
  root.addEventListener('submit', event => {
    var sent = event.target, name = sent.getAttribute('data-part');
    event.preventDefault();
    if (name === 'view') { save(); }
    if (name === 'filter') {
      load(chosen(all('[data-wish]', sent))).then(() => { part('found').focus(); }).catch(nothing);
    }
    if (name === 'file') {
      start({ kind: sent.kind.value, format: sent.format.value, named: sent.named.checked });
    }
  });
  root.addEventListener('keydown', event => {
    var node = event.target;
    // A record cannot be changed any more: the Enter key in a field does not save it.
    if (event.key === 'Enter' && node.matches('[data-part="view"] input')) { event.preventDefault(); }
    if (!node.matches('[role="gridcell"][tabindex]')) { return; }
    if (event.key === 'Enter') {
      show(node.parentNode.querySelector('[data-learner]').getAttribute('data-learner'), node);
    }
    go(node, event);
  });
  root.addEventListener('focusin', event => {
    if (event.target.matches('[role="gridcell"][data-words]')) { stop(event.target); tell(event.target); }
  });
  root.addEventListener('mousemove', event => {
    var cell = event.target.closest('[role="gridcell"][data-words]');
    // A map that scrolls under a mouse at rest tells of the cell in focus.
    if (cell && (event.movementX || event.movementY)) { tell(cell); }
  });
  window.addEventListener('beforeunload', event => {
    if (Object.keys(unkept).length) { event.preventDefault(); } // this device keeps nothing for us
  });
  if (!fold) { load().catch(nothing); return; }
  fold.addEventListener('toggle', () => { if (fold.open && !body.firstChild) { load().catch(nothing); } });
}

/* Below a learner's page it opens with that page. */
MigrEmpower.page = (page => (runtime, element, ...more) => {
  MigrEmpowerReport(runtime, element);
  return page(runtime, element, ...more);
})(MigrEmpower.page);
