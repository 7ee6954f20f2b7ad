/* What Studio's form is filled in with: boxes for numbers, rich text and pictures, buttons, questions. */

/* The components; shared is what studio.js gives all its parts. */
function MigrEmpowerWidgets(shared) {
  'use strict';
  var { libraries, html, Component, args, words, uid, direction } = shared, { isEmpty, plain } = shared.documents;

  function Button(props) {
    return html`<button type="button" ...${props} class=${'mige-' + (props.look || 'second')}>${props.children}</button>`;
  }
  function Notes(props) {
    return props.notes.length > 0 && html`<div id=${props.id}>${props.notes.map(note => html`<p class="mige-wrong" key=${note}>${note}</p>`)}</div>`;
  }

  /* While one types, the box holds what was typed: "0." is on its way to 0.5. */
  class Numbered extends Component {
    render({ value, change, ...rest }) {
      var node = this.base, writing = node && node === document.activeElement &&
        (node.value === '' ? isEmpty(value) : Number(node.value) === value);
      return html`<input type="number" ...${rest} value=${writing ? undefined : isEmpty(value) ? '' : value}
        onInput=${event => change(event.target.value === '' ? undefined : Number(event.target.value))} />`;
    }
  }

  class Rich extends Component {
    shouldComponentUpdate(next, state) { return next.invalid !== this.props.invalid || state !== this.state; }
    componentDidMount() { this.open(); }
    componentWillUnmount() { this.close(); }
    // What comes from outside, by undo for example; never while it is being typed here.
    componentWillReceiveProps(next) {
      if (next.value !== this.props.value && next.value !== this.last) { this.set(next.value); }
    }
    componentDidUpdate(_, before) {
      if ((before || {}).raw !== (this.state || {}).raw) { this.open(); }
    }
    open() {
      if (!this.box || this.editor) { return; }
      this.editor = new libraries.Squire(this.box, {
        blockTag: 'P', sanitizeToDOMFragment: text => this.clean(text), addLinks: false
      });
      ['Tab', 'Shift-Tab'].forEach(key => { this.editor.setKeyHandler(key, null); }); // Tab leaves, also from a list
      this.set(this.props.value);
      this.editor.addEventListener('input', () => { this.tell(this.read()); });
    }
    close() {
      if (this.editor) { this.editor.destroy(); this.editor = null; }
    }
    /* Nothing pasted runs in the author's page; what is kept is decided on the server. */
    clean(text) {
      var fragment = libraries.DOMPurify.sanitize(text, {
        ALLOWED_TAGS: ['p', 'h3', 'h4', 'ul', 'ol', 'li', 'strong', 'em', 'b', 'i', 'a', 'br', 'img', 'table', 'thead',
          'tbody', 'tr', 'th', 'td'],
        ALLOWED_ATTR: ['href', 'src', 'alt', 'scope', 'colspan'], RETURN_DOM_FRAGMENT: true
      });
      return document.importNode(fragment, true);
    }
    set(value) {
      this.last = value;
      if (this.editor) {
        this.editor.setHTML((value || '').replace(/<(\/?)strong>/g, '<$1b>').replace(/<(\/?)em>/g, '<$1i>'));
      }
    }
    read() {
      var text = this.editor.getHTML().replace(/<(\/?)b>/g, '<$1strong>').replace(/<(\/?)i>/g, '<$1em>')
        .replace(/&nbsp;(?=[< ])/g, ' ').replace(/([> ])&nbsp;/g, '$1 '); // browsers set these while one types
      return /<img/.test(text) || plain(text.replace(/&nbsp;/g, ' ')) ? text : '';
    }
    tell(value) {
      this.last = value;
      this.props.change(value);
    }
    heading() {
      var editor = this.editor, isHeading = editor.hasFormat('H3');
      editor.modifyBlocks(fragment => {
        Array.from(fragment.querySelectorAll(isHeading ? 'h3' : 'p')).forEach(block => {
          var other = document.createElement(isHeading ? 'p' : 'h3');
          other.append(...Array.from(block.childNodes));
          block.replaceWith(other);
        });
        return fragment;
      });
    }
    list(kind) {
      var editor = this.editor;
      if (editor.hasFormat(kind)) { editor.removeList(); }
      else if (kind === 'UL') { editor.makeUnorderedList(); } else { editor.makeOrderedList(); }
    }
    toggle(tag, on, off) {
      this.editor[this.editor.hasFormat(tag) ? off : on]();
    }
    ask(kind) {
      this.range = this.editor.getSelection();
      this.setState({ asking: kind });
    }
    answer(event) {
      event.preventDefault();
      var fields = event.target.closest('fieldset').querySelectorAll('input'), address = fields[0].value.trim();
      this.setState({ asking: '' });
      this.editor.setSelection(this.range);
      if (!address) { return; }
      if (this.state.asking === 'link') {
        if (this.range.collapsed) { this.editor.insertPlainText(address, false); this.editor.moveCursorToEnd(); }
        else { this.editor.makeLink(address); }
      } else { this.editor.insertImage(address, { alt: fields[1].value.trim() }); }
      this.tell(this.read());
    }
    render(props) {
      var state = this.state || {};
      var tools = [
        [words.bold, 'B', () => this.toggle('B', 'bold', 'removeBold')],
        [words.italic, 'I', () => this.toggle('I', 'italic', 'removeItalic')],
        [words.heading, 'H', () => this.heading()], [words.bullets, '•', () => this.list('UL')],
        [words.numbers, '1.', () => this.list('OL')], [words.link, words.link, () => this.ask('link')],
        [words.image, words.image, () => this.ask('image')]];
      return html`<div class="mige-rich-editor">
        <div class="mige-tools" role="group" aria-label=${words.textTools}>
          ${!state.raw && tools.map(([name, sign, act]) => html`<button type="button" key=${sign} title=${name}
            aria-label=${name} onMouseDown=${event => event.preventDefault()}
            onClick=${() => { act(); this.editor.focus(); }}><span aria-hidden="true">${sign}</span></button>`)}
          <button type="button" aria-pressed=${String(!!state.raw)} onClick=${() => {
            if (state.raw) { this.setState({ raw: false }); } else { this.close(); this.setState({ raw: true }); }
          }}>HTML</button>
        </div>
        ${state.asking && html`<fieldset class="mige-asking"><legend>${words[state.asking]}</legend>
          <label>${words.address} <input type="text" ref=${node => node && !node.value && node.focus()} /></label>
          ${state.asking === 'image' && html`<label>${words.alt} <input type="text" /></label>`}
          <${Button} look="main" onClick=${event => this.answer(event)}>${words.insert}<//>
          <${Button} onClick=${() => { this.setState({ asking: '' }); this.editor.focus(); }}>${words.cancel}<//></fieldset>`}
        ${state.raw
          ? html`<textarea key="raw" id=${props.id} rows="8" dir="ltr" aria-label=${props.label + ' (HTML)'}
              value=${this.last || ''} onInput=${event => this.tell(event.target.value)}></textarea>`
          : html`<div key="box" id=${props.id} class="mige-box" role="textbox" aria-multiline="true" tabindex="0"
              aria-label=${props.label} aria-invalid=${String(!!props.invalid)} aria-describedby=${props.describedby}
              lang=${props.lang} dir=${direction(props.lang)} ref=${node => { this.box = node; }}></div>`}
      </div>`;
    }
  }

  class Picture extends Component {
    render(props) {
      var state = this.state || {}, chosen = props.value || '';
      var shipped = args.pictures.filter(each => each.name === chosen)[0];
      var address = shipped ? shipped.address : props.addresses[chosen] || (/^https:/.test(chosen) ? chosen : '');
      return html`<div class="mige-picture">
        ${address ? html`<img src=${address} alt="" width="48" height="48" />` : html`<span class="mige-nothing"></span>`}
        <input type="text" id=${props.id} value=${chosen} aria-describedby=${props.describedby} dir="ltr"
          aria-invalid=${String(!!props.invalid)} placeholder="/static/…" spellcheck=${false}
          onInput=${event => props.change(event.target.value.trim())} />
        <${Button} aria-expanded=${String(!!state.open)} onClick=${() => this.setState({ open: !state.open })}>${words.choose}<//>
        ${state.open && html`<ul class="mige-shelf" aria-label=${words.shipped}>${args.pictures.map(each => html`
          <li key=${each.name}><button type="button" aria-pressed=${String(each.name === chosen)} title=${each.name}
            onClick=${() => { props.change(each.name); this.setState({ open: false }); }}>
            <img src=${each.address} alt="" width="40" height="40" loading="lazy" /><span>${each.name}</span></button></li>`)}</ul>`}
      </div>`;
    }
  }

  /* A question in front of the form. Escape and "back" do nothing. */
  class Question extends Component {
    componentDidMount() { this.dialog.showModal(); }
    componentWillUnmount() { this.dialog.close(); } // the focus goes back to where it was
    render({ title, close, children }) {
      return html`<dialog class="mige-question" aria-labelledby=${uid + '-question'} ref=${node => { this.dialog = node; }}
        onCancel=${event => { event.preventDefault(); close(); }}><h2 id=${uid + '-question'}>${title}</h2>${children}</dialog>`;
    }
  }

  return { Button, Notes, Numbered, Rich, Picture, Question };
}
