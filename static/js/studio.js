/* Studio's form for frameworks and modules. The form follows the description the server derives from how a document is
   declared; this script knows items, lists and languages, and few kinds by name. Its parts stand in
   studio_documents.js, studio_widgets.js and studio_pages.js, which load before it with libraries.js. */

/* Start the form; called by the XBlock runtime. */
function MigrEmpowerStudio(runtime, element) {
  'use strict';
  if (['Libraries', 'Documents', 'Widgets', 'StudioPages'].some(name => !window['MigrEmpower' + name])) { // on their way
    setTimeout(MigrEmpowerStudio, 99, runtime, element);
    return;
  }
  var libraries = window.MigrEmpowerLibraries, h = libraries.preact.h, html = libraries.htm.bind(h);
  var Component = libraries.preact.Component;
  var host = element[0] || element, root = host.querySelector('.mige-studio');
  var args = JSON.parse(root.querySelector('script[type="application/json"]').textContent);
  var words = args.words, form = args.form, uid = 'mige-studio-' + args.draft;
  var draftKey = 'migrempower-studio:' + args.draft, ownDraft = draftKey + ':' + Math.random().toString(36).slice(2);
  /* ---- words ---- */

  function fill(text, values) { return text.replace(/\{(\w+)\}/g, (_, name) => values[name]); }
  function language(tag) {
    return args.languages.filter(each => each.tag === tag)[0] || { name: tag, direction: 'auto' };
  }
  function languageName(tag) { return language(tag).name; }
  function direction(tag) { return language(tag).direction; }

  /* ---- requests ---- */

  /* Studio closes its window at "save" ended or "cancel"; not every host has such a window. */
  function notify(name, data) { if (runtime.notify) { runtime.notify(name, data); } }
  function post(handler, body) {
    var token = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
    return fetch(runtime.handlerUrl(host, handler), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-CSRFToken': token ? decodeURIComponent(token[1]) : '' },
      body: JSON.stringify(body)
    }).then(reply => reply.json().catch(() => null).then(data => {
      // Who is logged out gets the page to log in.
      if (reply.redirected || (reply.ok && !data)) { throw { error: words.loggedOut, status: 401 }; }
      if (!reply.ok) { throw Object.assign({ error: words.failed }, data, { status: reply.status }); }
      return data;
    }), () => { throw { error: words.offline }; });
  }
  function stored(action) {
    try { return action(window.localStorage); } catch (error) { return undefined; }
  }
  /* What was not saved, in any form on this device, newest first. Each form keeps its own, so none deletes another's. */
  function drafts(prefix) {
    return stored(storage => Object.keys(storage).filter(key => !key.indexOf(prefix || 'migrempower-studio:')).map(key => {
      return Object.assign({ key: key }, stored(() => JSON.parse(storage.getItem(key))));
    }).sort((one, other) => (other.when || 0) - (one.when || 0))) || [];
  }
  function lastDraft() {
    return drafts(draftKey).filter(each => each.document && Array.isArray(each.document.languages) && each.settings)[0];
  }
  function forgetDraft(key) { stored(storage => { storage.removeItem(key); }); }

  /* What the parts in scripts of their own need of this one. */
  var documents = MigrEmpowerDocuments(form, args.countries);
  var shared = { libraries, html, Component, args, words, uid, documents, fill, languageName, direction, post };
  shared.widgets = MigrEmpowerWidgets(shared);
  var { Button, Notes, Numbered, Picture, Question, Rich } = shared.widgets, pages = MigrEmpowerStudioPages(shared);
  var { at, replaced, fieldsOf, fieldOf, listed, nameIn, itemAt, holds, isLeaf, leavesOnly, paneOf, titleOf,
    callName, isEmpty, same, languagesOf, takeIds, blank, copyOf, inserted, without, stepTo, moved,
    staysInStep, unmarked, nextLevel, idsIn
  } = documents;

  /* ---- the form of one item ---- */

  class Field extends Component {
    render({ field, path, data, studio }) {
      var value = data[field.name], fieldPath = path.concat(field.name), problems = studio.problemsAt(fieldPath, field);
      var id = uid + '-' + fieldPath.join('-'), help = field.help ? id + '-help' : undefined;
      var wrong = problems.length ? id + '-wrong' : undefined;
      var shared = {
        id: id, 'aria-describedby': [help, wrong].filter(Boolean).join(' ') || undefined,
        'aria-invalid': String(!!problems.length)
      };
      var change = next => studio.change(fieldPath, next === '' ? undefined : next, id);
      var label = html`<label for=${id}>${field.label}</label>`;
      var control = this.control(field, value, shared, change, studio, fieldPath, data, help);
      return html`<div class=${'mige-field mige-field-' + field.type}>
        ${field.type === 'text' || field.type === 'rich' || field.type === 'file'
          ? html`<p class="mige-name">${field.label}</p>` : field.type !== 'flag' && field.type !== 'languages' && label}
        ${help && html`<p class="mige-help" id=${help}>${field.help}</p>`}
        ${control}
        <${Notes} notes=${problems.filter(each => each.own).map(each => each.message)} id=${wrong} />
      </div>`;
    }
    control(field, value, shared, change, studio, path, data, help) {
      var options = { choice: field.choices, media: [['', words.film], ['audio', words.recording]] };
      if (field.type === 'text' || field.type === 'rich' || field.type === 'file') {
        return html`<${Texts} field=${field} value=${value} path=${path} studio=${studio} help=${help}
          gaps=${field.name === 'text' && data.gaps} />`;
      }
      if (field.type === 'number') {
        return html`<${Numbered} ...${shared} min=${field.low} max=${field.high} value=${value} change=${change} />`;
      }
      if (field.type === 'flag') {
        return html`<label class="mige-tick"><input type="checkbox" ...${shared} checked=${value === true}
          onChange=${event => studio.change(path, event.target.checked || (field.required ? false : undefined))} />
          <span>${field.label}</span></label>`;
      }
      if (field.type === 'day') {
        return html`<span class="mige-row"><input type="date" ...${shared} value=${value || ''} onInput=${event => change(event.target.value)} />
          <${Button} onClick=${() => change(new Date().toLocaleDateString('sv'))}>${words.today}<//></span>`;
      }
      if (field.type === 'picture') {
        return html`<${Picture} ...${shared} value=${value} change=${change} addresses=${studio.state.addresses}
          describedby=${shared['aria-describedby']} invalid=${shared['aria-invalid'] === 'true'} />`;
      }
      if (field.type === 'languages') { return html`<${Languages} studio=${studio} shared=${shared} />`; }
      if (field.type === 'country') { options.country = args.countries; }
      if (field.type === 'competence') {
        options.competence = listed(studio.state.doc, { name: 'competences' }).filter(each => each.id)
          .map(each => [each.id, callName({ name: 'Trained', data: each }, studio.state.shown)]);
      }
      if (field.type === 'scene') { options.scene = studio.scenesAt(path); }
      if (field.type === 'known-competence') {
        return html`<${Known} studio=${studio} path=${path} value=${value} shared=${shared} />`;
      }
      if (field.type === 'known-framework') {
        return html`<${Listed} shared=${shared} value=${value} change=${change}
          options=${args.competences.map(each => each.framework).filter((each, place, all) => all.indexOf(each) === place)} />`;
      }
      if (options[field.type]) {
        var known = options[field.type].some(each => each[0] === (value || ''));
        return html`<select ...${shared} value=${value || ''} onChange=${event => {
          if (event.target.value === ' new') { studio.newScene(path); } else { change(event.target.value); }
        }}>${field.type !== 'media' && html`<option value="">${words.chooseOne}</option>`}
          ${!known && value && html`<option value=${value}>${value}</option>`}
          ${options[field.type].map(each => html`<option value=${each[0]} key=${each[0]}>${each[1]}</option>`)}
          ${field.type === 'scene' && html`<option value=" new">${words.newScene}</option>`}</select>`;
      }
      return html`<input type="text" ...${shared} value=${value || ''} dir="ltr" spellcheck=${false}
        readOnly=${field.type === 'id' && studio.isFixed(path)} 
        ...${{ [field.type === 'id' ? 'onChange' : 'onInput']: event => change(event.target.value.trim()) }} />`; // a whole id tells items apart
    }
  }

  function Listed({ shared, value, change, options }) {
    return html`<input type="text" ...${shared} list=${shared.id + '-list'} dir="ltr" value=${value || ''}
      onInput=${event => change(event.target.value.trim())} />
      <datalist id=${shared.id + '-list'}>${options.map(each => html`<option value=${each} key=${each} />`)}</datalist>`;
  }

  /* A competence of a framework that ships or stands in the course; its titles come with it. */
  function Known({ studio, path, value, shared }) {
    var holder = path.slice(0, -1);
    function take(id) {
      var known = args.competences.filter(each => each.id === id)[0], item = at(studio.state.doc, holder);
      var title = Object.assign({}, item.title), doc = studio.state.doc;
      if (known) {
        languagesOf(doc).forEach(tag => { if (known.title[tag]) { title[tag] = known.title[tag]; } });
        if (!doc.framework) { doc = replaced(doc, ['framework'], known.framework); }
      }
      studio.setDoc(replaced(doc, holder, Object.assign({}, item, { id: id, title: title })), { what: 'competence' });
    }
    return html`<span class="mige-row"><input type="text" ...${shared} value=${value || ''} dir="ltr" spellcheck=${false}
        onChange=${event => studio.change(path, event.target.value.trim())} />
      <select aria-label=${words.fromFramework} value="" onChange=${event => take(event.target.value)}>
        <option value="">${words.fromFramework}</option>
        ${args.competences.map(each => html`<option value=${each.id} key=${each.framework + each.id}>
          ${each.frameworkTitle + ': ' + (each.title[studio.state.shown[0]] || each.title[args.language] || each.id)}</option>`)}
      </select></span>`;
  }

  /* A text in the languages that are shown side by side. */
  function Texts({ field, value, path, studio, help, gaps }) {
    var texts = value && typeof value === 'object' ? value : {};
    return html`<div class="mige-texts">${studio.state.shown.map(tag => {
      var id = uid + '-' + path.join('-') + '-' + tag, problems = studio.problemsAt(path.concat(tag), { type: 'exact' });
      var wrong = problems.length ? id + '-wrong' : undefined, label = field.label + ' (' + languageName(tag) + ')';
      var describedby = [help, wrong].filter(Boolean).join(' ') || undefined;
      var change = next => studio.change(path.concat(tag), next === '' ? undefined : next, id);
      return html`<div class="mige-text" key=${tag}>
        <span class="mige-tag" aria-hidden="true">${tag}</span>
        ${field.type === 'rich'
          ? html`<${Rich} key=${id} id=${id} label=${label} lang=${tag} value=${texts[tag] || ''} change=${change}
              describedby=${describedby} invalid=${!!wrong} />`
          : field.type === 'file'
            ? html`<input type="text" id=${id} aria-label=${label} dir="ltr" placeholder="/static/…" value=${texts[tag] || ''}
                aria-invalid=${String(!!wrong)} aria-describedby=${describedby} onInput=${event => change(event.target.value.trim())} />`
            : html`<textarea id=${id} aria-label=${label} lang=${tag} dir=${direction(tag)} rows="1" value=${texts[tag] || ''}
                aria-invalid=${String(!!wrong)} aria-describedby=${describedby} onInput=${event => change(event.target.value)}></textarea>`}
        ${gaps && html`<p class="mige-row">${gaps.map((gap, number) => html`<${Button} key=${gap.id}
          onClick=${() => studio.insertGap(id, path.concat(tag), gap.id)}>${fill(words.insertGap, { n: number + 1 })}<//>`)}</p>`}
        <${Notes} notes=${problems.map(each => each.message)} id=${wrong} /></div>`;
    })}</div>`;
  }

  function Languages({ studio, shared }) {
    var tags = languagesOf(studio.state.doc), percent = studio.translated();
    return html`<fieldset class="mige-languages"><legend>${fieldOf(form.root, 'languages').label}</legend>
      <ul>${tags.map((tag, place) => html`<li key=${tag}><strong>${languageName(tag)}</strong>
        <span>${place ? fill(words.translated, { n: percent[tag] }) : words.mainLanguage}</span>
        ${place > 0 && html`<${Button} onClick=${() => studio.setLanguages([tag].concat(tags.filter(each => each !== tag)))}
          aria-label=${fill(words.makeFirstLabel, { language: languageName(tag) })}>${words.makeFirst}<//>`}
        ${tags.length > 1 && html`<${Button} look="danger" onClick=${() => studio.removeLanguage(tag)}
          aria-label=${fill(words.removeLabel, { name: languageName(tag) })}>${words.remove}<//>`}</li>`)}</ul>
      <label for=${shared.id}>${words.addLanguage}</label>
      <select ...${shared} value="" onChange=${event => studio.setLanguages(tags.concat(event.target.value))}>
        <option value="">${words.chooseOne}</option>
        ${args.languages.filter(each => tags.indexOf(each.tag) < 0).map(each => html`
          <option value=${each.tag} key=${each.tag}>${each.name}</option>`)}</select></fieldset>`;
  }

  class Item extends Component {
    render({ path, name, data, studio, leaf }) {
      var fields = fieldsOf(name), folded = fields.filter(each => each.folded && !holds(each));
      var focus = studio.state.focus || [], inside = focus.length > path.length && same(focus.slice(0, path.length), path);
      var opened = folded.some(each => each.type !== 'id' && each.name !== 'version' && !isEmpty(data[each.name]) &&
        data[each.name] !== each.start) || (inside && folded.some(each => each.name === focus[path.length])) ||
        folded.some(each => studio.problemsAt(path.concat(each.name), each).length);
      var one = each => html`<${Field} key=${each.name} field=${each} path=${path} data=${data} studio=${studio} />`;
      return html`<div class="mige-item">
        ${fields.filter(each => !each.folded && !holds(each)).map(one)}
        ${name === 'Scale' && html`<${Scales} studio=${studio} path=${path} />`}
        ${!leaf && fields.filter(each => holds(each) && (path.length || leavesOnly(each))).map(each => html`<${Held} key=${each.name} field=${each} path=${path} data=${data}
          studio=${studio} />`)}
        ${folded.length > 0 && html`<details class="mige-more" open=${this.opened = this.opened || opened}
            onToggle=${event => { this.opened = event.target.open; }}><summary>${words.more}</summary>${folded.map(one)}</details>`}
      </div>`;
    }
  }

  function Scales({ studio, path }) {
    return html`<p class="mige-field"><label for=${uid + '-scales'}>${words.takeScale}</label>
      <select id=${uid + '-scales'} value="" onChange=${event => studio.takeScale(path, event.target.value)}>
        <option value="">${words.chooseOne}</option>
        ${args.scales.map(each => html`<option key=${each.id} value=${each.id}>${each.levels.map(level =>
          level.label[studio.state.shown[0]] || level.label.en).join(' · ').slice(0, 90)}</option>`)}</select></p>`;
  }

  /* What an item holds: leaves with all their fields, others as a list to go on to. */
  function Held({ field, path, data, studio }) {
    var listPath = path.concat(field.name), problems = studio.problemsAt(listPath, { type: 'exact' });
    var heading = html`<h3>${field.label}</h3>${field.help && html`<p class="mige-help">${field.help}</p>`}
      <${Notes} notes=${problems.map(each => each.message)} />`;
    if (field.type === 'one') {
      var held = data[field.name];
      if (!isLeaf(field.item)) { return html`<section>${heading}<${Button} onClick=${() => studio.select(listPath)}>${words.open}<//></section>`; }
      return html`<section class="mige-held">${heading}
        ${held ? html`<fieldset class="mige-leaf"><legend>${form.items[field.item].label}</legend>
            <${Item} path=${listPath} name=${field.item} data=${held} studio=${studio} leaf=${true} />
            ${!field.required && html`<${Button} look="danger" onClick=${() => studio.remove(listPath)}>${words.remove}<//>`}</fieldset>`
          : html`<${Button} onClick=${() => studio.change(listPath, blank(field.item, studio.state.doc))}>${words.add}<//>`}</section>`;
    }
    var items = listed(data, field), leaves = leavesOnly(field);
    return html`<section class="mige-held">${heading}
      ${leaves && items.map((item, place) => {
        var itemPath = listPath.concat(place), name = nameIn(field, item);
        var number = form.items[name].label + ' ' + (place + 1);
        return html`<fieldset class="mige-leaf" key=${item.id || place} id=${uid + '-leaf-' + itemPath.join('-')}>
          <legend>${number}</legend><${Actions} path=${itemPath} studio=${studio} title=${number} />
          <${Notes} notes=${studio.problemsAt(itemPath, { type: 'exact' }).map(each => each.message)} />
          <${Item} path=${itemPath} name=${name} data=${item} studio=${studio} leaf=${true} /></fieldset>`;
      })}
      ${!leaves && items.length > 0 && html`<ol class="mige-links">${items.map((item, place) => html`<li key=${item.id || place}>
        <button type="button" onClick=${() => studio.select(listPath.concat(place))}>${callName(
          { name: nameIn(field, item), data: item }, studio.state.shown)}</button></li>`)}</ol>`}
      <${Adder} field=${field} listPath=${listPath} studio=${studio} /></section>`;
  }

  class Adder extends Component {
    render({ field, listPath, studio, place }) {
      var open = (this.state || {}).open;
      var names = Object.keys(field.kinds);
      var go = kind => { this.setState({ open: false }); studio.add(listPath, field, kind, place); };
      if (!field.mixed) {
        return html`<${Button} look="add" onClick=${() => go(names[0])}>${fill(words.addOne, { name: form.items[field.kinds[names[0]]].label })}<//>`;
      }
      return html`<div class="mige-adder"><${Button} look="add" aria-expanded=${String(!!open)}
          onClick=${() => this.setState({ open: !open })}>${words.addStep}<//>
        ${open && html`<ul class="mige-kinds">${names.map(kind => html`<li key=${kind}><button type="button"
          onClick=${() => go(kind)}><strong>${form.items[field.kinds[kind]].label}</strong>
          <span>${form.items[field.kinds[kind]].help}</span></button></li>`)}</ul>`}</div>`;
    }
  }

  function Actions({ path, studio, title }) {
    var doc = studio.state.doc, label = word => word + ': ' + title;
    return html`<div class="mige-actions" role="group" aria-label=${title}>
      <button type="button" data-act="up" aria-label=${label(words.up)} title=${words.up} disabled=${!stepTo(doc, path, -1)}
        onClick=${() => studio.step(path, -1, 'up')}>↑</button>
      <button type="button" data-act="down" aria-label=${label(words.down)} title=${words.down} disabled=${!stepTo(doc, path, 1)}
        onClick=${() => studio.step(path, 1, 'down')}>↓</button>
      <button type="button" aria-label=${label(words.duplicate)} onClick=${() => studio.duplicate(path)}>${words.duplicate}</button>
      <button type="button" class="mige-danger" aria-label=${label(words.remove)} onClick=${() => studio.remove(path)}>${words.remove}</button></div>`;
  }

  /* ---- the outline ---- */

  class Rows extends Component {
    componentDidMount() { this.sortable(); }
    componentWillUnmount() { if (this.sorting) { this.sorting.destroy(); } }
    sortable() {
      var { studio, listPath, field } = this.props;
      this.sorting = libraries.Sortable.create(this.list, {
        group: staysInStep(studio.state.doc, listPath) ? listPath.join() : JSON.stringify(field.kinds), handle: '.mige-grip', draggable: 'li', animation: 120,
        onEnd: event => {
          var from = this.props.listPath.concat(event.oldDraggableIndex), place = event.newDraggableIndex;
          var to = JSON.parse(event.to.getAttribute('data-path')).concat(place);
          // The page is drawn from the document alone, so what was dragged goes back first.
          event.item.remove();
          event.from.insertBefore(event.item, event.from.children[event.oldIndex] || null);
          if (!same(from, to)) { studio.move(from, to); }
        }
      });
    }
    render({ field, listPath, items, studio, selected }) {
      return html`<ul ref=${node => { this.list = node; }} data-path=${JSON.stringify(listPath)}>${items.map((item, place) => html`
        <${Row} key=${(item && item.id) || place} path=${listPath.concat(place)} name=${nameIn(field, item)} data=${item}
          studio=${studio} selected=${selected} field=${field} />`)}</ul>`;
    }
  }
  class Row extends Component {
    render({ path, name, data, studio, selected, field }) {
      if (!name) { return null; }
      var isOn = same(selected, path), isOpen = same(selected.slice(0, path.length), path);
      var wrong = studio.countBelow(path), holders = fieldsOf(name).filter(each => each.type === 'many');
      var title = titleOf({ name: name, data: data }, studio.state.shown), kind = form.items[name].label;
      return html`<li class=${'mige-node' + (isOn ? ' mige-on' : '')}>
        <div class="mige-line"><span class="mige-grip" aria-hidden="true">⠿</span>
          <button type="button" class="mige-pick" data-path=${JSON.stringify(path)} aria-current=${isOn ? 'true' : undefined}
            aria-expanded=${holders.length ? String(isOpen) : undefined} onClick=${() => studio.select(path)}
            onKeyDown=${event => studio.outlineKey(event, path)}>
            ${field.mixed && html`<span class="mige-kind">${kind}</span> `}<span lang=${title ? studio.state.shown[0] : undefined}
              dir="auto">${title || fill(words.newOne, { name: kind })}</span>
            ${wrong > 0 && html` <span class="mige-count">${fill(words.wrongCount, { n: wrong })}</span>`}</button></div>
        ${isOpen && holders.map(each => html`<${Rows} key=${each.name} field=${each} listPath=${path.concat(each.name)}
          items=${listed(data, each)} studio=${studio} selected=${selected} />`)}
      </li>`;
    }
  }

  function Outline({ studio }) {
    var doc = studio.state.doc, selected = studio.state.selected, fields = fieldsOf(form.root).filter(holds);
    var on = path => (same(selected, path) ? 'true' : undefined);
    var top = (path, text) => html`<li key=${text} class=${'mige-node' + (on(path) ? ' mige-on' : '')}><div class="mige-line">
      <button type="button" class="mige-pick" data-path=${JSON.stringify(path)} aria-current=${on(path)}
        onClick=${() => studio.select(path)} onKeyDown=${event => studio.outlineKey(event, path)}>${text}</button></div></li>`;
    return html`<nav class="mige-outline" aria-label=${words.outline}>
      <ul>${top([], words.about)}
        ${fields.filter(each => each.type === 'one' && !isLeaf(each.item) && doc[each.name]).map(each => top([each.name], each.label))}</ul>
      ${fields.filter(each => each.type === 'many' && !leavesOnly(each)).map(each => html`<h2 key=${each.name}>${each.label}</h2>
        <${Rows} key=${each.name + studio.state.loaded} field=${each} listPath=${[each.name]} items=${listed(doc, each)}
          studio=${studio} selected=${selected} />
        <${Adder} key=${each.name + 'add'} field=${each} listPath=${[each.name]} studio=${studio} />`)}
      <details class="mige-keys"><summary>${words.keys}</summary><p>${words.keysHelp}</p></details>
    </nav>`;
  }

  function Content({ studio }) {
    var doc = studio.state.doc, path = paneOf(doc, studio.state.selected), found = itemAt(doc, path);
    var crumbs = path.map((_, end) => path.slice(0, end)).filter(each => each.length && itemAt(doc, each));
    var title = path.length ? titleOf(found, studio.state.shown) || form.items[found.name].label : words.about;
    return html`<div class="mige-columns"><${Outline} studio=${studio} />
      <section class="mige-pane" key=${JSON.stringify(path) + (found.data.id || '') + studio.state.loaded} aria-labelledby=${uid + '-pane'}>
        ${crumbs.length > 0 && html`<p class="mige-crumbs">${crumbs.map(each => html`<button type="button" key=${each.join()}
          onClick=${() => studio.select(each)}>${callName(itemAt(doc, each), studio.state.shown)}</button> › `)}</p>`}
        <h2 id=${uid + '-pane'} tabindex="-1">${path.length > 0 && html`<span class="mige-kind">${form.items[found.name].label}</span> `}
          <span dir="auto">${title}</span></h2>
        ${typeof path[path.length - 1] === 'number' && html`<${Actions} path=${path} studio=${studio} title=${title} />`}
        <${Notes} notes=${studio.problemsAt(path, { type: 'exact' }).map(each => each.message)} />
        <${Item} path=${path} name=${found.name} data=${found.data} studio=${studio} />
        ${typeof path[path.length - 1] === 'number' && html`<hr /><${Adder} field=${found.field} listPath=${path.slice(0, -1)}
          place=${path[path.length - 1] + 1} studio=${studio} />`}
      </section></div>`;
  }

  /* ---- the whole form ---- */

  var TABS = ['content', 'settings', 'review', 'preview', 'files'];

  class Studio extends Component {
    constructor() {
      super();
      var kept = lastDraft(), stands = args.state;
      this.past = [];
      this.future = [];
      this.typing = '';
      this.checks = 0;
      this.saved = { document: stands.document, settings: stands.settings };
      this.fixed = new Set(idsIn(stands.document));
      this.revision = stands.revision;
      this.state = {
        doc: stands.document, settings: stands.settings, problems: stands.problems, missing: [], hints: [], minutes: {},
        addresses: {}, changes: [], version: '', learners: stands.learners, shipped: stands.shipped,
        tab: stands.document ? 'content' : 'files', selected: [], shown: languagesOf(stands.document || {}).slice(0, 1),
        said: '', undoable: false, loaded: 0, question: '', wide: false, focus: null,
        kept: kept && !(same(kept.document, stands.document) && same(kept.settings, stands.settings)) ? kept : null
      };
      takeIds(stands.document);
      if (kept) { takeIds(kept.document); }
    }
    componentDidMount() {
      if (this.state.doc) { this.check(); }
      window.addEventListener('pagehide', () => { if (root.isConnected) { this.keep(); } });
      // Not every browser minds the footer, which covers what stands below it, when the focus moves.
      root.addEventListener('focusin', ({ target }) => {
        this.trail = [];
        for (var node = target; node !== root; node = node.parentNode) { this.trail.push(node); }
        var under = target.getBoundingClientRect().bottom > this.footer.getBoundingClientRect().top;
        if (under && !this.footer.contains(target)) { target.scrollIntoView({ block: 'nearest' }); }
      });
      new MutationObserver(() => { this.stay(); }).observe(root, { childList: true, subtree: true });
    }
    componentWillUnmount() { clearTimeout(this.checking); clearTimeout(this.keeping); }
    /* Something in the document is as this program does not know it: what the author wrote can still be taken out. */
    componentDidCatch() { this.setState({ tab: 'files', said: words.crashed, undoable: true }); }
    componentDidUpdate() {
      if (!this.refocus) { return; }
      var find = this.refocus, node = find();
      this.refocus = null;
      if (node) { node.focus(); node.scrollIntoView({ block: 'nearest' }); }
    }

    /* What had the focus may go: then whoever writes goes on beside it, not at the top of Studio's page. */
    stay() {
      if (!this.trail || root.contains(this.trail[0]) || document.activeElement !== document.body) { return; }
      var near = this.trail.find(node => root.contains(node)) || root;
      var all = Array.from(root.querySelectorAll('button:enabled:not([tabindex="-1"]), input, select, textarea, summary, [tabindex="0"]'))
        .filter(node => node.getClientRects().length);
      (all.find(node => near.contains(node)) || all.filter(node => node.compareDocumentPosition(near) & 4).pop()).focus();
    }

    /* -- changing -- */

    remember(what) {
      var now = Date.now();
      if (!what || what !== this.typing || now - this.typed > 2000) {
        this.past.push({ doc: this.state.doc, settings: this.state.settings, selected: this.state.selected, shown: this.state.shown });
        if (this.past.length > 200) { this.past.shift(); }
      }
      this.future = [];
      this.typing = what;
      this.typed = now;
    }
    /* A new document; "what" names the typing it belongs to, so that one undo takes back a whole word. */
    setDoc(doc, more) {
      more = more || {};
      this.remember(more.what);
      this.setState(Object.assign({ doc: doc, undoable: false, said: '' }, more.state));
      this.later();
    }
    setSetting(name, value) {
      this.remember('setting ' + name);
      this.setState({ settings: Object.assign({}, this.state.settings, { [name]: value }), said: '', undoable: false });
      this.later();
    }
    change(path, value, what) {
      var doc = replaced(this.state.doc, path, value), holder = path.slice(0, -1);
      if (value === undefined && isEmpty(at(doc, holder)) && holder.length && !Array.isArray(at(doc, holder)) && !itemAt(doc, holder)) {
        doc = replaced(doc, holder, undefined); // a text in no language is none
      }
      this.setDoc(doc, { what: what });
    }
    undo(from, to) {
      var step = from.pop();
      if (!step) { return; }
      to.push({ doc: this.state.doc, settings: this.state.settings, selected: this.state.selected, shown: this.state.shown });
      this.typing = '';
      this.setState(Object.assign({}, step, {
        said: from === this.past ? words.undone : words.redone, undoable: false, loaded: this.state.loaded + 1
      }));
      var button = document.activeElement; // it may go, or have nothing to do any more
      this.refocus = () => (button.isConnected && !button.disabled && button !== document.body ? null : document.getElementById(uid + '-pane'));
      this.later();
    }
    /* Put a document in the place of this one; it can be undone. */
    load(doc, said) {
      takeIds(doc);
      this.remember('');
      this.setState({
        doc: doc, selected: [], shown: this.shownOf(doc), tab: 'content',
        said: said, undoable: this.past.some(each => each.doc), problems: [], loaded: this.state.loaded + 1
      });
      this.refocus = () => document.getElementById(uid + '-pane');
      this.later();
    }
    /* The languages side by side, as far as a document has them. */
    shownOf(doc) {
      var tags = languagesOf(doc), stay = this.state.shown.filter(tag => tags.indexOf(tag) >= 0);
      return stay.length ? stay : tags.slice(0, 1);
    }
    later() {
      clearTimeout(this.checking);
      clearTimeout(this.keeping);
      this.checks += 1; // a reply under way is about an earlier draft
      this.checking = setTimeout(() => { this.check(); }, 700);
      this.keeping = setTimeout(() => { this.keep(); }, 1000);
    }
    isDirty() { return this.state.doc !== this.saved.document || this.state.settings !== this.saved.settings; }
    /* Whether what is not saved is kept on this device. */
    keep() {
      if (!this.isDirty()) { forgetDraft(ownDraft); return true; }
      var draft = JSON.stringify({
        document: this.state.doc, settings: this.state.settings, revision: this.revision, when: Date.now()
      });
      var put = () => stored(storage => { storage.setItem(ownDraft, draft); return true; });
      if (put()) { return true; }
      drafts().filter(each => each.key !== ownDraft).slice(-1).forEach(each => { forgetDraft(each.key); }); // it is full
      if (put()) { return true; }
      this.say(words.keptNot);
      return false;
    }
    check() {
      var number = this.checks += 1;
      if (!this.state.doc || !root.isConnected) { return; }
      post('studio_check', { document: this.state.doc, settings: this.state.settings }).then(reply => {
        if (number === this.checks) { this.setState(reply); }
      }, error => { if (number === this.checks) { this.say(error.error); } });
    }
    say(text) { this.setState({ said: text, undoable: false }); }

    /* -- items -- */

    select(path) {
      this.setState({ selected: path, tab: 'content', focus: null });
      var leaf = document.getElementById(uid + '-leaf-' + path.join('-'));
      this.refocus = () => (leaf = document.getElementById(uid + '-leaf-' + path.join('-')))
        ? leaf.querySelector('textarea, input, select') : document.getElementById(uid + '-pane');
    }
    firstField(path) {
      var prefix = uid + '-' + path.concat('').join('-');
      return Array.from(root.querySelectorAll('.mige-pane textarea, .mige-pane input, .mige-pane select, .mige-pane .mige-box'))
        .filter(node => node.id.indexOf(prefix) === 0)[0];
    }
    add(listPath, field, kind, place) {
      var name = field.kinds[kind], list = at(this.state.doc, listPath) || [], item = blank(name, this.state.doc);
      if (field.mixed) { item = Object.assign({ kind: kind }, item); }
      if (name === 'Level') { item.value = nextLevel(list); }
      place = place === undefined ? list.length : place;
      this.setDoc(inserted(this.state.doc, listPath, place, item), { state: { selected: listPath.concat(place), focus: null } });
      this.refocus = () => this.firstField(listPath.concat(place)) || document.getElementById(uid + '-pane');
    }
    duplicate(path) {
      var found = itemAt(this.state.doc, path), place = path[path.length - 1] + 1, to = path.slice(0, -1).concat(place);
      var copy = copyOf(found.data, found.name);
      if (found.name === 'Level') {
        copy.value = nextLevel(at(this.state.doc, path.slice(0, -1)));
        place = at(this.state.doc, path.slice(0, -1)).length; // levels stand from lowest to highest
        to = path.slice(0, -1).concat(place);
      }
      this.setDoc(inserted(this.state.doc, path.slice(0, -1), place, copy), { state: { selected: to, said: words.duplicated } });
      this.refocus = () => this.firstField(to) || document.getElementById(uid + '-pane');
    }
    remove(path) {
      var title = callName(itemAt(this.state.doc, path), this.state.shown), place = path[path.length - 1];
      var list = at(this.state.doc, path.slice(0, -1)), next = path.slice(0, -2);
      if (Array.isArray(list) && list.length > 1) { next = path.slice(0, -1).concat(Math.min(place, list.length - 2)); }
      if (!Array.isArray(list)) { next = path.slice(0, -1); }
      this.setDoc(without(unmarked(this.state.doc, path), path), { state: { selected: next, problems: [] } });
      this.setState({ said: fill(words.removed, { name: title }), undoable: true });
      this.refocus = () => root.querySelector('[data-act="undo-removed"]');
    }
    step(path, by, act) {
      var to = stepTo(this.state.doc, path, by);
      if (to) { this.move(path, to, act); }
    }
    move(from, to, act) {
      var title = callName(itemAt(this.state.doc, from), this.state.shown);
      this.setDoc(moved(this.state.doc, from, to), { state: {
        selected: act || same(this.state.selected.slice(0, from.length), from) ? to : this.state.selected, problems: [],
        said: fill(words.moved, { name: title, n: to[to.length - 1] + 1 })
      } });
      this.refocus = () => {
        var leaf = document.getElementById(uid + '-leaf-' + to.join('-')), row = root.querySelector(".mige-pick[data-path='" + JSON.stringify(to) + "']");
        var button = act && act !== 'row' && (leaf || root.querySelector('.mige-pane')).querySelector('.mige-actions [data-act="' + act + '"]:enabled');
        return button || row || document.getElementById(uid + '-pane');
      };
    }
    outlineKey(event, path) {
      var by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (by && event.altKey && typeof path[path.length - 1] === 'number') {
        event.preventDefault();
        this.step(path, by, 'row');
      } else if (by) {
        event.preventDefault();
        var rows = Array.from(root.querySelectorAll('.mige-pick')), next = rows[rows.indexOf(event.target) + by];
        if (next) { next.focus(); }
      } else if (event.key === 'Delete' && typeof path[path.length - 1] === 'number') {
        event.preventDefault();
        this.remove(path);
      }
    }
    scenesAt(path) {
      var end = path.indexOf('scenes'), scenes = at(this.state.doc, path.slice(0, end + 1)) || [];
      return scenes.map((scene, place) => [scene.id, (place + 1) + '. ' + callName({ name: 'Scene', data: scene }, this.state.shown)]);
    }
    newScene(path) {
      var scenes = path.slice(0, path.indexOf('scenes') + 1), scene = blank('Scene', this.state.doc);
      var doc = inserted(this.state.doc, scenes, at(this.state.doc, scenes).length, scene);
      this.setDoc(replaced(doc, path, scene.id));
    }
    insertGap(id, path, gap) {
      var node = document.getElementById(id), place = '{' + gap + '}', text = node.value.replace(place, '');
      var was = node.value.indexOf(place), start = node.selectionStart;
      if (was >= 0 && was < start) { start = Math.max(was, start - place.length); }
      this.change(path, text.slice(0, start) + place + text.slice(start));
      this.refocus = () => { node.selectionStart = node.selectionEnd = start + place.length; return node; };
    }
    takeScale(path, id) {
      var scale = args.scales.filter(each => each.id === id)[0], tags = languagesOf(this.state.doc);
      if (!scale) { return; }
      this.setDoc(replaced(this.state.doc, path, { id: scale.id, levels: scale.levels.map(level => Object.assign({}, level, {
        label: tags.filter(tag => level.label[tag]).reduce((texts, tag) => Object.assign(texts, { [tag]: level.label[tag] }), {})
      })) }), { state: { said: words.started } });
    }
    /* Ids of what learners have answered stay as they are. */
    isFixed(path) {
      var id = at(this.state.doc, path);
      return this.state.learners > 0 && this.fixed.has(id);
    }

    /* -- languages -- */

    setLanguages(tags) {
      this.setDoc(replaced(this.state.doc, ['languages'], tags), { state: {
        shown: [tags[0]].concat(tags[tags.length - 1] !== tags[0] && tags.length > languagesOf(this.state.doc).length
          ? tags[tags.length - 1] : this.state.shown.filter(tag => tag !== tags[0])).slice(0, 2)
      } });
    }
    removeLanguage(tag) {
      var tags = languagesOf(this.state.doc).filter(each => each !== tag);
      function bare(data, name) {
        var copy = Object.assign({}, data);
        fieldsOf(name).forEach(field => {
          var held = data[field.name];
          if (!held) { return; }
          if (field.type === 'text' || field.type === 'rich' || field.type === 'file') {
            copy[field.name] = Object.assign({}, held);
            delete copy[field.name][tag];
            if (isEmpty(copy[field.name])) { delete copy[field.name]; }
          } else if (field.type === 'one') { copy[field.name] = bare(held, field.item); }
          else if (field.type === 'many') { copy[field.name] = held.map(each => bare(each, nameIn(field, each))); }
        });
        return copy;
      }
      this.setDoc(replaced(bare(this.state.doc, form.root), ['languages'], tags), { state: {
        shown: this.state.shown.filter(each => each !== tag).concat(tags).filter((each, place, all) => all.indexOf(each) === place).slice(0, 1)
      } });
      this.setState({ said: fill(words.removed, { name: languageName(tag) }), undoable: true });
      this.refocus = () => root.querySelector('[data-act="undo-removed"]');
    }
    translated() {
      var missing = {}, tags = languagesOf(this.state.doc), total = 0, first = tags[0];
      (function count(data) {
        if (Array.isArray(data)) { data.forEach(count); return; }
        if (!data || typeof data !== 'object') { return; }
        if (typeof data[first] === 'string') { total += 1; return; }
        Object.keys(data).forEach(name => { count(data[name]); });
      })(this.state.doc);
      this.state.missing.filter(each => each.what === 'text').forEach(each => { missing[each.language] = each.count; });
      return tags.reduce((found, tag) => Object.assign(found, {
        [tag]: total ? Math.max(0, Math.floor(100 * (1 - (missing[tag] || 0) / total))) : 0 }), {});
    }

    /* -- what is wrong, and where -- */

    problemsAt(path, field) {
      return this.state.problems.filter(each => each.path && each.path.length >= path.length && same(each.path.slice(0, path.length), path) &&
        (each.path.length === path.length || (field.type !== 'exact' && !holds(field))))
        .map(each => ({ message: each.message, own: each.path.length === path.length }));
    }
    countBelow(path) {
      return this.state.problems.filter(each => each.path && each.path.length >= path.length && same(each.path.slice(0, path.length), path)).length;
    }
    placeOf(path) {
      var found = [], last = '';
      path.forEach((key, end) => {
        var item = itemAt(this.state.doc, path.slice(0, end + 1));
        if (item && typeof key === 'number') { found.push(callName(item, this.state.shown)); }
        if (typeof key === 'string') {
          var holder = itemAt(this.state.doc, path.slice(0, end)), field = holder && fieldOf(holder.name, key);
          if (field && !holds(field)) { last = field.label; }
          if (!holder && last) { last += ' (' + languageName(key) + ')'; }
        }
      });
      return found.slice(-2).concat(last || (found.length ? [] : words.about)).join(' › ');
    }
    jump(path, language) {
      var tags = languagesOf(this.state.doc), end = path.length, tag = language || path[end - 1], shown = this.state.shown;
      if (tags.indexOf(tag) < 0) { tag = ''; }
      if (tag && shown.indexOf(tag) < 0) { shown = [shown[0], tag]; }
      while (end > 0 && !itemAt(this.state.doc, path.slice(0, end))) { end -= 1; }
      var bare = path[path.length - 1] === tag ? path : tag ? path.concat(tag) : path;
      this.setState({ tab: 'content', selected: path.slice(0, end), focus: path, shown: shown });
      this.refocus = () => {
        var node = document.getElementById(uid + '-' + bare.join('-')) || document.getElementById(uid + '-' + path.join('-')) ||
          document.getElementById(uid + '-' + path.concat(shown[0]).join('-')) ||
          this.firstField(path.slice(0, end)) || document.getElementById(uid + '-pane');
        return node;
      };
    }

    /* -- saving -- */

    save(close, corrections, sure) {
      if (this.state.saving) { return; }
      if (!sure && this.state.learners > 0) {
        // What it would change is asked anew, so that nothing typed in the last moment is left out.
        this.setState({ saving: true, said: words.saving });
        post('studio_check', { document: this.state.doc, settings: this.state.settings }).then(reply => {
          this.setState(Object.assign({ saving: false }, reply), () => {
            if (!reply.changes.length || reply.problems.length) { this.save(close, false, true); }
            else { this.setState({ question: 'changes', closing: close, said: '' }); }
          });
        }, error => { this.setState({ saving: false }); this.say(error.error); });
        return;
      }
      var sent = { doc: this.state.doc, settings: this.state.settings };
      this.corrections = !!corrections;
      this.checks += 1; // what an earlier check says is older than what saving says
      this.setState({ saving: true, question: '', said: words.saving, undoable: false });
      if (close) { notify('save', { state: 'start' }); }
      post('studio_save', { document: sent.doc, settings: sent.settings, revision: this.revision, corrections: !!corrections }).then(reply => {
        var whole = this.state.doc === sent.doc && this.state.settings === sent.settings; // or has the author typed on?
        this.stands(reply.state, whole);
        this.hasSaved = true;
        this.setState({ saving: false, said: words.saved, problems: reply.state.problems });
        if (close && whole) { notify('save', { state: 'end' }); } else { this.later(); }
      }, error => {
        if (close) { notify('error', { title: words.notSaved, message: error.error }); }
        this.setState({ saving: false, said: error.error });
        if (error.status === 409) { this.setState({ question: 'conflict', theirs: error.theirs, differences: error.differences, closing: close }); }
        if (error.problems) {
          this.setState({ problems: error.problems });
          this.refocus = () => root.querySelector('[data-act="first-problem"]');
        }
      });
    }
    /* What is stored now; the form shows it, unless the author has typed on. */
    stands(state, show) {
      this.revision = state.revision;
      this.saved = { document: state.document, settings: state.settings };
      this.fixed = new Set(idsIn(state.document));
      takeIds(state.document);
      if (show) { this.setState({ doc: state.document, settings: state.settings }); this.typing = ''; }
      this.setState({ learners: state.learners, shipped: state.shipped });
      if (show) { forgetDraft(ownDraft); }
    }
    leave() {
      if (this.isDirty() && this.state.question !== 'leave') { this.setState({ question: 'leave' }); return; }
      notify(this.hasSaved ? 'save' : 'cancel', this.hasSaved ? { state: 'end' } : {});
      this.setState({ question: '' });
    }
    /* What stands here counts as nothing to save, so no draft is kept when the page goes. */
    throwAway() {
      this.saved = { document: this.state.doc, settings: this.state.settings };
      this.keep();
    }
    takeTheirs() {
      var theirs = this.state.theirs;
      this.remember('');
      this.stands(theirs, true);
      this.setState({ question: '', shown: languagesOf(theirs.document || {}).slice(0, 1), tab: theirs.document ? 'content' : 'files', said: words.theirsShown, undoable: true, problems: theirs.problems, loaded: this.state.loaded + 1, selected: [] });
    }
    keepMine() {
      this.revision = this.state.theirs.revision;
      this.saved = { document: this.state.theirs.document, settings: this.state.theirs.settings };
      this.save(this.state.closing, this.corrections);
    }
    questions() {
      var state = this.state, close = () => { this.setState({ question: '' }); };
      if (state.question === 'changes') {
        return html`<${Question} title=${fill(words.changesTitle, { n: state.learners })} close=${close}>
          <ul>${state.changes.map(each => html`<li key=${each}>${each}</li>`)}</ul>
          <p class="mige-row">${state.version !== this.saved.document.version ? html`
            <${Button} look="main" onClick=${() => this.save(state.closing, false, true)}>${fill(words.saveAs, { version: state.version })}<//>
            <${Button} onClick=${() => this.save(state.closing, true, true)}>${fill(words.onlyCorrections, { version: this.saved.document.version })}<//>`
            : html`<${Button} look="main" onClick=${() => this.save(state.closing, false, true)}>${words.save}<//>`}
          <${Button} onClick=${close}>${words.goOn}<//></p><p class="mige-help">${words.versionHelp}</p><//>`;
      }
      if (state.question === 'conflict') {
        return html`<${Question} title=${words.conflictTitle} close=${close}><p>${words.conflictHelp}</p>
          ${state.differences.length > 0 && html`<div class="mige-scroll" tabindex="0" role="region" aria-label=${words.changesTable}><table><thead><tr><th>${words.place}</th>
            <th>${words.theirs}</th><th>${words.mine}</th></tr></thead><tbody>${state.differences.map((each, place) => html`<tr key=${place}>
            <td>${each[0]}</td><td dir="auto">${each[1]}</td><td dir="auto">${each[2]}</td></tr>`)}</tbody></table></div>`}
          <p class="mige-row"><${Button} look="main" onClick=${() => this.takeTheirs()}>${words.openTheirs}<//>
            <${Button} onClick=${() => this.keepMine()}>${words.saveMine}<//><${Button} onClick=${close}>${words.goOn}<//></p><//>`;
      }
      return state.question === 'leave' && html`<${Question} title=${words.leaveTitle} close=${close}><p>${words.leaveHelp}</p>
        <p class="mige-row"><${Button} look="main" onClick=${() => this.save(true)}>${words.saveClose}<//>
          <${Button} look="danger" onClick=${() => { this.throwAway(); this.leave(); }}>${words.throwAway}<//><${Button} onClick=${close}>${words.goOn}<//></p><//>`;
    }
    goOnWith(kept) {
      var known = this.state.settings;
      this.remember('');
      this.revision = kept.revision || this.revision;
      this.setState({
        doc: kept.document, kept: null, tab: 'content', selected: [], shown: languagesOf(kept.document).slice(0, 1),
        // Of settings as an earlier program knew them, those there still are.
        settings: Object.keys(known).reduce((found, name) => Object.assign(found, {
          [name]: name in kept.settings ? kept.settings[name] : known[name] }), {}),
        loaded: this.state.loaded + 1, said: words.keptShown
      }, () => { if (this.keep()) { forgetDraft(kept.key); } });
      this.later();
    }

    tabKey(event, place) {
      var by = { ArrowRight: 1, ArrowLeft: -1 }[event.key], rtl = getComputedStyle(root).direction === 'rtl' ? -1 : 1;
      if (!by) { return; }
      var name = TABS[(place + by * rtl + TABS.length) % TABS.length];
      this.open(name);
      this.refocus = () => document.getElementById(uid + '-tab-' + name);
    }
    open(tab) { if (this.state.doc || tab === 'files') { this.setState({ tab: tab }); } }
    render(_, state) {
      var doc = state.doc, tags = doc ? languagesOf(doc) : [], counts = {
        review: state.missing.filter(each => each.what === 'text').reduce((sum, each) => sum + each.count, state.problems.length)
      };
      var Page = pages[state.tab] || Content;
      var chooseShown = (place, tag) => {
        var other = state.shown[1 - place], shown = tag === other ? state.shown.slice().reverse()
          : state.shown.slice(0, place).concat(tag || []).concat(state.shown.slice(place + 1));
        this.setState({ shown: shown.filter((each, number) => shown.indexOf(each) === number) });
      };
      return html`<div class=${'mige-studio-form' + (state.wide ? ' mige-wide-form' : '')}>
        <header><div class="mige-row mige-tabs" role="tablist" aria-label=${words.parts}>${TABS.map((tab, place) => html`<button type="button" role="tab" key=${tab}
            id=${uid + '-tab-' + tab} aria-selected=${String(state.tab === tab)} aria-controls=${uid + '-page'} tabindex=${state.tab === tab ? 0 : -1}
            onClick=${() => this.open(tab)} onKeyDown=${event => this.tabKey(event, place)} disabled=${!doc && tab !== 'files'}>${words['tab-' + tab]}${counts[tab] ? ' (' + counts[tab] + ')' : ''}</button>`)}</div>
          <div class="mige-row"><button type="button" class="mige-second" disabled=${!this.past.some(each => each.doc)} onClick=${() => this.undo(this.past, this.future)}>${words.undo}</button>
            <button type="button" class="mige-second" disabled=${!this.future.length} onClick=${() => this.undo(this.future, this.past)}>${words.redo}</button>
            <button type="button" class="mige-second" aria-pressed=${String(state.wide)} onClick=${() => this.setState({ wide: !state.wide })}>${words.fullScreen}</button></div></header>
        ${state.kept && html`<div class="mige-banner" role="alert"><p>${fill(words.keptFound, { when: new Date(state.kept.when).toLocaleString(args.language) })}</p>
          <p class="mige-row"><${Button} look="main" onClick=${() => this.goOnWith(state.kept)}>${words.goOnWith}<//>
            <${Button} onClick=${() => { forgetDraft(state.kept.key); this.setState({ kept: null }); }}>${words.throwAway}<//></p></div>`}
        ${!doc && html`<div class="mige-banner" role="alert"><p>${words.unreadable}</p><ul>${state.problems.map((each, place) => html`<li key=${place}>${each.message}</li>`)}</ul></div>`}
        ${state.shipped && doc === this.saved.document && state.tab === 'content' && html`<p class="mige-banner">${words.shippedHelp}</p>`}
        ${state.learners > 0 && state.tab === 'content' && doc && (this.saved.document || {}).id === doc.id && html`<p class="mige-banner">${fill(words.answered, { n: state.learners })}</p>`}
        ${state.tab === 'content' && tags.length > 1 && html`<div class="mige-row mige-shown">
          <label>${words.writeIn} <select value=${state.shown[0]} onChange=${event => chooseShown(0, event.target.value)}>${tags.map(tag => html`<option key=${tag} value=${tag}>${languageName(tag)}</option>`)}</select></label>
          <label>${words.beside} <select value=${state.shown[1] || ''} onChange=${event => chooseShown(1, event.target.value)}><option value="">${words.none}</option>
            ${tags.filter(tag => tag !== state.shown[0]).map(tag => html`<option key=${tag} value=${tag}>${languageName(tag)}</option>`)}</select></label></div>`}
        <div class="mige-page" role="tabpanel" id=${uid + '-page'} aria-labelledby=${uid + '-tab-' + state.tab}>${(doc || state.tab === 'files') && html`<${Page} studio=${this} />`}</div>
        <footer ref=${node => { this.footer = node; }}><p class="mige-said" role="status">${state.said}${state.undoable ? html` <button type="button" class="mige-link" data-act="undo-removed"
            onClick=${() => this.undo(this.past, this.future)}>${words.undo}</button>` : ''}</p>
          ${state.problems.length > 0 && doc && html`<button type="button" class="mige-link mige-wrong" data-act="first-problem" onClick=${() => {
            var first = state.problems[0];
            if (first.setting) { this.open('settings'); this.refocus = () => document.getElementById(uid + '-setting-' + first.setting); } else { this.jump(first.path || []); }
          }}>${fill(words.toMend, { n: state.problems.length })}</button>`}
          <div class="mige-row"><button type="button" class="mige-main" data-act="save-close" disabled=${!doc} aria-disabled=${String(!!state.saving)} onClick=${() => this.save(true)}>${words.saveClose}</button>
            <button type="button" class="mige-second" data-act="save" disabled=${!doc} aria-disabled=${String(!!state.saving)} onClick=${() => this.save(false)}>${words.save}</button>
            <button type="button" class="mige-second" onClick=${() => this.leave()}>${words.close}</button></div></footer>
        ${this.questions()}</div>`;
    }
  }

  var place = document.createElement('div');
  root.append(place);
  libraries.preact.render(html`<${Studio} />`, place);
}
