import { useState } from 'react';

interface JsonEditorProps {
  readonly label: string;
  readonly value: unknown;
  readonly onChange: (value: unknown) => void;
  readonly onValid: (isValid: boolean) => void;
}

/** A text field for JSON. Reports the value while it is valid. */
export function JsonEditor({ label, value, onChange, onValid }: JsonEditorProps) {
  const [text, setText] = useState(() => JSON.stringify(value, null, 2));
  const [problem, setProblem] = useState('');
  return (
    <label className="json">
      {label}
      <textarea
        spellCheck={false}
        rows={Math.min(24, text.split('\n').length + 1)}
        value={text}
        aria-invalid={problem !== ''}
        onChange={({ target }) => {
          setText(target.value);
          try {
            onChange(JSON.parse(target.value));
            setProblem('');
            onValid(true);
          } catch (error) {
            setProblem(error instanceof Error ? error.message : 'This is not JSON.');
            onValid(false);
          }
        }}
      />
      {problem && <span className="bad">{problem}</span>}
    </label>
  );
}
