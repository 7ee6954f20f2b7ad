/* The parts of Studio's form beside the content: settings, review, preview, start and files. */

/* The components; shared is what studio.js gives all its parts. */
function MigrEmpowerStudioPages(shared) {
  'use strict';
  var { html, Component, args, words, uid, fill, languageName, post } = shared, { languagesOf } = shared.documents;
  var { Button, Notes, Numbered } = shared.widgets;

  function Settings({ studio }) {
    var values = studio.state.settings;
    return html`<div class="mige-settings">${args.settings.map(setting => {
      var id = uid + '-setting-' + setting.name, value = values[setting.name];
      var problems = studio.state.problems.filter(each => each.setting === setting.name);
      var change = next => studio.setSetting(setting.name, next);
      var shared = { id: id, 'aria-describedby': id + '-help' + (problems.length ? ' ' + id + '-wrong' : ''), 'aria-invalid': String(!!problems.length) };
      var options = { choice: setting.choices, country: args.countries,
        language: languagesOf(studio.state.doc || {}).map(tag => [tag, languageName(tag)]) }[setting.type];
      if (setting.type === 'language' && value && !options.some(each => each[0] === value)) { options.push([value, languageName(value)]); }
      return html`<div class="mige-field" key=${setting.name}><label for=${id}>${setting.label}</label>
        <p class="mige-help" id=${id + '-help'}>${setting.help}${setting.none && setting.type === 'number' ? ' ' + fill(words.zero, { text: setting.none }) : ''}</p>
        ${options ? html`<select ...${shared} value=${value} onChange=${event => change(event.target.value)}>
            ${setting.type !== 'choice' && html`<option value="">${setting.none}</option>`}
            ${options.map(each => html`<option key=${each[0]} value=${each[0]}>${each[1]}</option>`)}</select>`
          : setting.type === 'line' ? html`<input type="text" ...${shared} value=${value} dir="auto" onInput=${event => change(event.target.value)} />`
            : html`<${Numbered} ...${shared} min="0" max=${setting.most} step=${setting.type === 'decimal' ? 'any' : 1} value=${value}
                change=${number => change(number === undefined ? null : number)} />`}
        <${Notes} notes=${problems.map(each => each.message)} id=${id + '-wrong'} /></div>`;
    })}</div>`;
  }

  var MOST_SHOWN = 100;
  function Review({ studio }) {
    var state = studio.state;
    var jump = (path, language, text) => html`<button type="button" class="mige-link" onClick=${() => studio.jump(path, language)}>${text}</button>`;
    var rest = list => list.length > MOST_SHOWN && html`<li>${fill(words.andMore, { n: list.length - MOST_SHOWN })}</li>`;
    return html`<div class="mige-review">
      <h2>${words.wrongTitle}</h2>
      ${state.problems.length ? html`<ul>${state.problems.slice(0, MOST_SHOWN).map((each, place) => html`<li key=${place} class="mige-wrong">
        ${each.path && each.path.length ? html`${jump(each.path, null, studio.placeOf(each.path))}: ` : ''}${each.message}</li>`)}${rest(state.problems)}</ul>`
        : html`<p>${words.nothingWrong}</p>`}
      <h2>${words.missingTitle}</h2>
      ${state.missing.length ? state.missing.map(({ language, what, count, paths }) => html`<details key=${language + what}>
          <summary>${(language ? languageName(language) + ': ' : '') + words['missing-' + what]} (${count})</summary>
          <ul>${paths.map((path, place) => html`<li key=${place}>${jump(path, language, studio.placeOf(path))}</li>`)}
            ${count > paths.length && html`<li>${fill(words.andMore, { n: count - paths.length })}</li>`}</ul></details>`)
        : html`<p>${words.nothingMissing}</p>`}
      <h2>${words.hintsTitle}</h2><p class="mige-help">${words.hintsHelp}</p>
      ${state.hints.length ? html`<ul>${state.hints.slice(0, MOST_SHOWN).map((each, place) => html`<li key=${place}>
        ${jump(each.path, null, studio.placeOf(each.path))}: ${each.message}</li>`)}${rest(state.hints)}</ul>` : html`<p>${words.noHints}</p>`}
      <h2>${words.loadTitle}</h2>
      <ul>${Object.keys(state.minutes).map(tag => html`<li key=${tag}>${fill(words.load, { language: languageName(tag), n: state.minutes[tag] })}</li>`)}</ul>
    </div>`;
  }

  class Preview extends Component {
    componentDidMount() {
      this.listener = event => { this.heard(event); };
      window.addEventListener('message', this.listener);
      this.load();
    }
    componentWillUnmount() { window.removeEventListener('message', this.listener); }
    sent(more) {
      var studio = this.props.studio;
      return Object.assign({ document: studio.state.doc, settings: studio.state.settings, state: this.kept || {} }, more);
    }
    languages() {
      var tags = languagesOf(this.props.studio.state.doc), state = this.state || {};
      return { own: tags.indexOf(state.own) < 0 ? this.props.studio.state.shown[0] : state.own, beside: state.beside || '' };
    }
    load() {
      var run = this.run = (this.run || 0) + 1;
      this.doc = this.props.studio.state.doc;
      this.kept = { migrempower_languages: this.languages() };
      this.setState({ page: '', message: words.loading });
      post('studio_preview', this.sent({})).then(reply => {
        if (run !== this.run) { return; }
        this.kept = reply.state;
        this.setState({ page: reply.page, message: '' });
      }, error => {
        if (run !== this.run) { return; }
        if (error.problems) { this.props.studio.setState({ problems: error.problems }); }
        this.setState({ page: '', message: error.error });
      });
    }
    heard(event) {
      if (!this.frame || event.source !== this.frame.contentWindow) { return; }
      if (event.data.migrempower === 'leave') { this.select.focus(); return; }
      var run = this.run, frame = event.source, { number, handler, body } = event.data;
      var answer = data => { if (run === this.run) { frame.postMessage(Object.assign({ number: number }, data), '*'); } };
      this.queue = (this.queue || Promise.resolve()).then(() => post('studio_preview', this.sent({ handler: handler, body: body })).then(reply => {
        if (run === this.run) { this.kept = reply.state; }
        answer(reply);
      }, error => { answer(error.status ? { status: error.status, reply: { error: error.error } } : {}); }));
    }
    /* Undo reaches the preview too. */
    componentDidUpdate() { if (this.doc !== this.props.studio.state.doc) { this.load(); } }
    render({ studio }) {
      var state = this.state || {}, chosen = this.languages(), tags = languagesOf(studio.state.doc);
      var select = (name, label, more) => html`<label>${label} <select value=${chosen[name]} ref=${node => { if (name === 'own') { this.select = node; } }}
        onChange=${event => { this.setState({ [name]: event.target.value }, () => this.load()); }}>${more}
        ${tags.map(tag => html`<option key=${tag} value=${tag}>${languageName(tag)}</option>`)}</select></label>`;
      return html`<div class="mige-preview"><div class="mige-row">
          ${select('own', words.previewIn)}${select('beside', words.previewBeside, html`<option value="">${words.none}</option>`)}
          <label>${words.width} <select value=${state.width || 'phone'} onChange=${event => this.setState({ width: event.target.value })}>
            <option value="phone">${words.phone}</option><option value="wide">${words.wide}</option></select></label>
          <${Button} onClick=${() => this.load()}>${words.beginAgain}<//></div>
        <p class="mige-help">${words.previewHelp}</p>
        <p role="status" class="mige-wrong">${state.message || ''}</p>
        ${state.page && html`<iframe class=${'mige-frame mige-' + (state.width || 'phone')} title=${words.preview} sandbox="allow-scripts"
          srcdoc=${state.page} ref=${node => { this.frame = node; }}></iframe>`}</div>`;
    }
  }

  class Files extends Component {
    start(name) {
      var studio = this.props.studio;
      post('studio_start', { name: name, language: studio.state.doc ? languagesOf(studio.state.doc)[0] : args.language }).then(reply => {
        studio.load(reply.document, name === 'nothing' ? words.startedEmpty : words.started);
      }, error => { studio.say(error.error); });
    }
    download(kind) {
      var studio = this.props.studio;
      post('studio_write_file', { document: studio.state.doc, kind: kind }).then(reply => {
        var bytes = Uint8Array.from(atob(reply.content), each => each.charCodeAt(0)), link = document.createElement('a');
        link.href = URL.createObjectURL(new Blob([bytes]));
        link.download = reply.name;
        link.click();
        setTimeout(() => { URL.revokeObjectURL(link.href); }, 10000);
      }, error => {
        if (error.problems) { studio.setState({ problems: error.problems }); }
        studio.say(error.error);
      });
    }
    take(file) {
      var studio = this.props.studio, reader = new FileReader();
      if (!file) { return; }
      if (file.size > 4 * 1024 * 1024) { this.setState({ upload: { error: words.tooLarge } }); return; }
      this.setState({ upload: { error: words.loading } });
      reader.onload = () => {
        post('studio_read_file', {
          document: studio.state.doc || {}, name: file.name, content: reader.result.slice(reader.result.indexOf(',') + 1)
        }).then(reply => { this.setState({ upload: reply }); }, error => { this.setState({ upload: { error: error.error } }); });
      };
      reader.onerror = () => { this.setState({ upload: { error: words.failed } }); };
      reader.readAsDataURL(file);
    }
    found(upload) {
      var studio = this.props.studio, take = () => { this.setState({ upload: null }); studio.load(upload.document, words.taken); };
      if (upload.error) { return html`<p class="mige-wrong">${upload.error}</p>`; }
      if (upload.problems.length) {
        return html`<div><p class="mige-wrong"><strong>${fill(words.notTaken, { n: upload.problems.length })}</strong></p>
          <ul>${upload.problems.slice(0, MOST_SHOWN).map((each, place) => html`<li key=${place}>${each.row
            ? fill(each.column ? words.rowColumn : words.row, each) + ' ' : ''}${each.message}</li>`)}</ul></div>`;
      }
      if (upload.title !== undefined) {
        return html`<p>${fill(words.fileHolds, { title: upload.title, size: upload.size })} <${Button} look="main" onClick=${take}>${words.takeOver}<//></p>`;
      }
      if (!upload.changes.length && !upload.languages.length) { return html`<p>${words.noChange}</p>`; }
      return html`<div><p><strong>${fill(words.changesFound, { n: upload.changes.length })}</strong>
          ${upload.languages.length > 0 && ' ' + fill(words.newLanguages, { names: upload.languages.join(', ') })}</p>
        <${Button} look="main" onClick=${take}>${words.takeOver}<//> <${Button} onClick=${() => this.setState({ upload: null })}>${words.cancel}<//>
        <div class="mige-scroll" tabindex="0" role="region" aria-label=${words.changesTable}><table><thead><tr><th>${words.place}</th><th>${words.language}</th><th>${words.before}</th><th>${words.after}</th></tr></thead>
          <tbody>${upload.changes.slice(0, 200).map((each, place) => html`<tr key=${place}><td>${each[0]}</td><td>${each[1]}</td>
            <td dir="auto">${each[2]}</td><td dir="auto">${each[3]}</td></tr>`)}</tbody></table></div></div>`;
    }
    render({ studio }) {
      var state = this.state || {}, doc = studio.state.doc;
      return html`<div class="mige-files"><h2>${words.startFrom}</h2><p class="mige-help">${words.startHelp}</p>
        <ul class="mige-gallery"><li><h3>${words.nothing}</h3><p>${words.nothingHelp}</p>
            <${Button} onClick=${() => this.start('nothing')} aria-label=${words.useThis + ': ' + words.nothing}>${words.useThis}<//></li>
          ${args.gallery.map(each => html`<li key=${each.name}><h3>${each.title}</h3>
            ${each.where && html`<p class="mige-kind">${fill(words.inCourse, { name: each.where })}</p>`}
            ${each.about && html`<p>${each.about}</p>`}<p>${each.size} · ${each.languages.join(', ')}</p>
            ${each.source && html`<p class="mige-source">${each.source}</p>`}
            <${Button} onClick=${() => this.start(each.name)} aria-label=${words.useThis + ': ' + each.title}>${words.useThis}<//></li>`)}</ul>
        <h2>${words.translators}</h2><p class="mige-help">${words.translatorsHelp}</p>
        ${doc && html`<p class="mige-row"><${Button} onClick=${() => this.download('xlsx')}>${words.downloadXlsx}<//>
          <${Button} onClick=${() => this.download('csv')}>${words.downloadCsv}<//></p>`}
        <h2>${words.wholeFiles}</h2><p class="mige-help">${words.wholeFilesHelp}</p>
        ${doc && html`<p class="mige-row"><${Button} onClick=${() => this.download('json')}>${words.downloadJson}<//>
          <${Button} onClick=${() => this.download('xml')}>${words.downloadOlx}<//></p>`}
        <h2 id=${uid + '-upload-name'}>${words.upload}</h2><p class="mige-help" id=${uid + '-upload-help'}>${words.uploadHelp}</p>
        <p><input type="file" accept=".csv,.xlsx,.json,.xml,.olx" aria-labelledby=${uid + '-upload-name'} aria-describedby=${uid + '-upload-help'}
          onChange=${event => { this.take(event.target.files[0]); event.target.value = ''; }} /></p>
        <div role="status">${state.upload && this.found(state.upload)}</div></div>`;
    }
  }

  return { settings: Settings, review: Review, preview: Preview, files: Files };
}
