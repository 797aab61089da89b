export const STYLE = `
:host { --paper: #fff; --text: #1e2321; --soft: #f1efea; --line: #dcd8d0; --dim: #5d645f; --bad: #b3261e; }
@supports (color: light-dark(red, red)) {
  :host { --paper: light-dark(#fff, #1e2321); --text: light-dark(#1e2321, #eceae4);
    --soft: light-dark(#f1efea, #2b312e); --line: light-dark(#dcd8d0, #414844);
    --dim: light-dark(#5d645f, #a9b0ab); --bad: light-dark(#b3261e, #ffb4ab); }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
.panel { position: absolute; bottom: 68px; inset-inline: auto; width: min(380px, calc(100vw - 16px - var(--side)));
  height: min(600px, calc(100dvh - 84px - var(--low))); display: flex; flex-direction: column; overflow: hidden;
  background: var(--paper); color: var(--text); border: 1px solid var(--line); border-radius: 14px;
  box-shadow: 0 8px 40px rgb(0 0 0 / .25); overflow-wrap: anywhere; }
:host { direction: ltr; }
.head { display: flex; gap: 8px; align-items: start; padding: 12px 8px 12px 16px; background: var(--tone); color: var(--ink); }
[dir=rtl] .head { padding: 12px 16px 12px 8px; }
.head div { flex: 1; min-width: 0; }
h2 { margin: 0; font: 600 16px/1.3 system-ui, sans-serif; }
p { margin: 0; }
.hours { font-size: 13px; }
.hours:empty, .typing:empty, .note:empty { display: none; }
.log { flex: 1; overflow-y: auto; padding: 16px; overscroll-behavior: contain; outline-offset: -3px; }
.hello { color: var(--dim); margin-bottom: 12px; white-space: pre-line; }
.said { list-style: none; margin: 0; padding: 0; display: grid; gap: 10px; }
li { display: grid; justify-items: start; gap: 2px; max-width: 86%; min-width: 0; }
.mine { justify-self: end; justify-items: end; }
.theirs { justify-self: start; }
.bubble { padding: 8px 12px; border-radius: 14px; background: var(--soft); white-space: pre-wrap; max-width: 100%; }
.mine .bubble { background: var(--tone); color: var(--ink); }
.waits .bubble { opacity: .75; }
.bubble a { color: inherit; }
.who, .state, .typing { font-size: 12px; color: var(--dim); }
.refused .state { color: var(--bad); }
.file { all: unset; display: block; cursor: pointer; text-decoration: underline; }
.file img { display: block; max-inline-size: 100%; max-block-size: 220px; border-radius: 8px; }
.typing { padding: 0 16px 6px; }
.note { padding: 6px 16px; font-size: 13px; background: var(--soft); }
.ask { display: grid; gap: 8px; padding: 10px 16px; border-top: 1px solid var(--line); font-size: 14px; }
.ask label { display: grid; gap: 4px; }
.team { display: flex; align-items: center; font-size: 13px; }
.team span:last-child { margin-inline-start: 8px; }
.face { display: inline-grid; place-items: center; position: relative; overflow: hidden; vertical-align: middle;
  width: 20px; height: 20px; margin-inline-end: 5px; border-radius: 50%; background: var(--soft); color: var(--text);
  font: 600 9px/1 system-ui, sans-serif; }
.team .face { width: 28px; height: 28px; margin-inline: 0 -6px; font-size: 11px; border: 2px solid var(--tone); }
.face img { position: absolute; inset: 0; width: 100%; height: 100%; object-fit: cover; }
.emoji { display: grid; grid-template-columns: repeat(8, 1fr); padding: 6px 8px; border-top: 1px solid var(--line); }
.emoji button { all: unset; padding: 6px 0; text-align: center; font-size: 20px; cursor: pointer; }
.ask div { display: flex; gap: 8px; }
input, textarea { font: 16px/1.4 system-ui, sans-serif; color: inherit; background: var(--paper);
  border: 1px solid var(--dim); border-radius: 8px; padding: 8px 10px; min-width: 0; flex: 1; }
::placeholder { color: var(--dim); opacity: 1; }
textarea { resize: none; max-height: 140px; }
button { font: inherit; cursor: pointer; }
.save { border: 0; border-radius: 8px; padding: 8px 14px; background: var(--tone); color: var(--ink); }
.quiet { all: unset; cursor: pointer; justify-self: start; color: var(--dim); text-decoration: underline; font-size: 13px; }
.write { display: flex; gap: 4px; align-items: end; padding: 8px; border-top: 1px solid var(--line); }
.tool { all: unset; box-sizing: border-box; display: grid; place-items: center; width: 40px; height: 40px;
  border-radius: 8px; cursor: pointer; flex: none; }
.tool svg { width: 22px; height: 22px; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
[dir=rtl] .send svg { transform: scaleX(-1); }
.send { color: var(--tone); }
.hide { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
:is(button, input, textarea, a, .log):focus-visible { outline: 3px solid var(--tone); outline-offset: 1px; }
.head button:focus-visible { outline-color: var(--ink); outline-offset: -3px; }
.log:focus-visible { outline-offset: -3px; }
.mine a:focus-visible, .mine .file:focus-visible { outline-color: var(--ink); }
@media (prefers-reduced-motion: no-preference) {
  .panel { animation: rise .16s ease-out; }
  @keyframes rise { from { opacity: 0; transform: translateY(8px); } }
}
@media (max-width: 480px) {
  .panel { position: fixed; inset: 0; width: auto; height: 100dvh; border: 0; border-radius: 0; }
}
@media (forced-colors: active) { .bubble, .panel { border: 1px solid; } }
`;
