import { type ReactNode, useEffect, useRef, useState } from 'react';
import type { FlowState, ReceiptState } from '../api';

const MARKS: Readonly<Record<FlowState | ReceiptState, string>> = {
  settled: '✓',
  processed: '✓',
  running: '●',
  pending: '●',
  retrying: '↻',
  deferred: '◷',
  scheduled: '◷',
  stuck: '!',
  dead: '✕',
  replaced: '✎',
};

/** A state, shown by shape, word and colour. */
export function State({ of }: { of: FlowState | ReceiptState }) {
  return (
    <span className={`state ${of}`}>
      <i aria-hidden="true">{MARKS[of]}</i> {of}
    </span>
  );
}

/** A page. The title of the browser's tab and history names it. */
export function Page({ title, actions, children }: { title: string; actions?: ReactNode; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} – Console`;
  }, [title]);
  return (
    <main id="main" tabIndex={-1}>
      <header className="page">
        <h1>{title}</h1>
        <div className="actions">{actions}</div>
      </header>
      {children}
    </main>
  );
}

/** Shows or hides values that a contract marks as personal. */
export function PersonalSwitch({ isOn, onChange }: { isOn: boolean; onChange: (isOn: boolean) => void }) {
  return (
    <label className="switch">
      <input type="checkbox" checked={isOn} onChange={({ target }) => onChange(target.checked)} /> Personal data
    </label>
  );
}

/** Text as it is. It scrolls, so the keyboard must reach it. */
export function Code({ children }: { children: ReactNode }) {
  // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
  return <pre tabIndex={0}>{children}</pre>;
}

/** Copies an id to the clipboard. */
export function Copy({ text }: { text: string }) {
  const [isDone, setDone] = useState(false);
  return (
    <button
      type="button"
      className="copy"
      onClick={() => void navigator.clipboard.writeText(text).then(() => setDone(true))}
    >
      {isDone ? 'Copied' : 'Copy'} <span className="hidden">{text}</span>
    </button>
  );
}

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <strong>{title}</strong>
      <p>{children}</p>
    </div>
  );
}

export function Problem({ error }: { error: Error | null | undefined }) {
  return error ? (
    <p role="alert" className="problem">
      {error.message}
    </p>
  ) : null;
}

interface ConfirmProps {
  readonly label: string;
  readonly question: string;
  readonly act: () => void;
  readonly danger?: boolean;
  readonly primary?: boolean;
  readonly isDisabled?: boolean;
}

/** A button that asks for confirmation in a modal dialog. */
export function Confirm({ label, question, act, danger, primary, isDisabled }: ConfirmProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  return (
    <>
      <button
        type="button"
        className={danger ? 'danger' : primary ? 'primary' : ''}
        disabled={isDisabled}
        onClick={() => dialog.current?.showModal()}
      >
        {label}
      </button>
      <dialog ref={dialog} aria-label={label}>
        <p>{question}</p>
        <div className="actions">
          <button type="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
          <button
            type="button"
            className={danger ? 'danger solid' : 'primary'}
            onClick={() => {
              dialog.current?.close();
              act();
            }}
          >
            {label}
          </button>
        </div>
      </dialog>
    </>
  );
}

export function time(iso: string): string {
  const date = new Date(iso);
  return `${date.toLocaleTimeString('en-GB')}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

/** A time of today, or else with its date. */
export function moment(iso: string): string {
  const date = new Date(iso);
  const clock = date.toLocaleTimeString('en-GB');
  if (date.toDateString() === new Date().toDateString()) return clock;
  return `${date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })} ${clock.slice(0, 5)}`;
}

export function duration(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.max(0, Math.round(milliseconds))} ms`;
  if (milliseconds < 120_000) return `${(milliseconds / 1_000).toFixed(1)} s`;
  return milliseconds < 7_200_000
    ? `${Math.round(milliseconds / 60_000)} min`
    : `${Math.round(milliseconds / 3_600_000)} h`;
}
