"""What any block's script may rely on in learner.js, without a block around it."""

from playwright.sync_api import expect

from .test_screens import VOICE

STORE = """async () => {
    let now = 1000;
    const sent = [], states = [], received = [];
    const store = MigrEmpower.store({
        prefix: 'test', number: 1, now, answers: {a: {stamp: 5, chosen: ['x']}}, fields: ['chosen', 'note'],
        fits: id => id !== 'gone',
        send: answers => {
            sent.push(JSON.parse(JSON.stringify(answers)));
            const held = {};
            for (const [id, {check, ...answer}] of Object.entries(answers)) { held[id] = {...answer, mark: 1}; }
            return Promise.resolve({answers: held, now, feedback: 'well done'});
        },
        received: (reply, answers) => received.push([reply.feedback, Object.keys(answers)]),
        changed: (state, message, elsewhere) => states.push([state, elsewhere || []]),
    });
    store.set('a', {note: 'because', check: 1}, 10000);
    const waited = [store.isWaiting('a'), store.isWaiting('b')];
    const device = MigrEmpower.waiting('test').map(({number, id, answer}) => [number, id, answer.check]);
    await store.flush();
    store.set('a', {chosen: ['x', 'y'], note: ''}, 10000);
    await store.flush();
    const result = {sent, states, received, waited, device, still: store.isWaiting('a'), mark: store.get('a').mark,
        left: MigrEmpower.waiting('test').length};
    store.dispose();
    return result;
}"""


def test_a_store_knows_only_the_fields_it_is_told(visit):
    result = visit("/unit/start/?student=new").evaluate(STORE)
    first, second = ({name: value for name, value in sent["a"].items() if name != "stamp"} for sent in result["sent"])
    assert first == {"chosen": ["x"], "note": "because", "check": 1}
    assert second == {"chosen": ["x", "y"]}
    assert result["received"] == [["well done", ["a"]]] * 2
    assert [state for state in result["states"] if state[0] == "saved"] == [["saved", []]] * 2
    assert result["waited"] == [True, False] and result["still"] is False
    assert result["device"] == [[1, "a", 1]] and result["left"] == 0
    assert result["mark"] == 1


PAGE = """words => {
    document.body.insertAdjacentHTML('beforeend', `<div id="made"><div class="mige"><p class="mige-notice" hidden></p>
        <script type="application/json">${JSON.stringify({uid: 'x', stage: 'open', now: 1, words})}</script>
        <section data-screen="one"><h2 tabindex="-1">One</h2><p data-say="es"> Hola </p><p data-say="ar">مرحبا</p>
            <p data-say="ar" data-audio="/static/hello.mp3">مرحبا</p></section>
        <section data-screen="other" hidden><h2 tabindex="-1">Other</h2>
            <button type="button" data-act="go" value="7">Go</button></section></div></div>`);
    const page = MigrEmpower.page({}, document.getElementById('made'), () => {}, null);
    page.actions = {go: node => page.notice('went ' + node.value)};
    page.sayings(page.root);
    page.show('other');
    page.finish();
}"""


def test_a_page_shows_one_screen_runs_its_actions_and_can_be_listened_to(visit):
    page = visit("/unit/start/?student=new", before=VOICE)
    page.evaluate(PAGE, {"listen": "Listen: {text}"})
    made = page.locator("#made")
    expect(made.locator("[data-screen=one]")).to_be_hidden()
    expect(made.locator("[data-screen=other] h2")).to_be_focused()
    made.locator("[data-act=go]").click()
    expect(made.locator(".mige-notice")).to_have_text("went 7")
    page.evaluate("document.querySelector('#made [data-screen]').hidden = false")
    expect(made.locator(".mige-listen")).to_have_count(3)
    expect(made.locator("[data-say] + .mige-listen:visible")).to_have_count(2)
    for button in made.locator(".mige-listen:visible").all():
        button.click()
    assert page.evaluate("spoken") == [["es", "Hola"], "/static/hello.mp3"]
    assert made.locator(".mige-listen").first.get_attribute("aria-label") == "Listen: Hola"


def test_without_the_word_for_it_nothing_can_be_listened_to(visit):
    page = visit("/unit/start/?student=new", before=VOICE)
    page.evaluate(PAGE, {})
    expect(page.locator("#made .mige-listen")).to_have_count(0)


EARLY = """() => {
    const shared = window.MigrEmpower, old = document.querySelector('.mige'), host = old.parentElement;
    old.replaceWith(old.cloneNode(true)); // without its listeners
    window.MigrEmpower = undefined;
    new MigrEmpowerTrainingModule({handlerUrl: () => '/nowhere/'}, host);
    setTimeout(() => { window.MigrEmpower = shared; }, 250);
}"""


def test_a_block_that_starts_before_the_shared_script_waits_for_it(visit):
    page = visit("/unit/every-kind/?student=new")
    page.evaluate(EARLY)
    page.wait_for_timeout(500)
    page.locator("[data-act=begin]").click()
    expect(page.locator("[data-screen=read] h2")).to_be_focused()
