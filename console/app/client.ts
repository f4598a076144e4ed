import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, useContext, useEffect, useState } from 'react';
import type { Snapshot, SystemInfo } from '../api';

const TOKEN = document.querySelector<HTMLMetaElement>('meta[name=console-token]')?.content ?? '';

/** The server has answered with an error. */
export class Refusal extends Error {
  constructor(
    message: string,
    /** HTTP status. */
    readonly status: number,
  ) {
    super(message);
  }
}

/** Whether there is nothing at an address, so that reading it again does not help. */
export function isNotFound(error: unknown): boolean {
  return error instanceof Refusal && error.status === 404;
}

async function call<Answer>(path: string, init?: RequestInit): Promise<Answer> {
  const response = await fetch(path, init);
  const body = (await response.json()) as Answer & { error?: string };
  if (!response.ok) throw new Refusal(body.error ?? `${path} answered ${response.status}`, response.status);
  return body;
}

/**
 * Reads from the console's server.
 *
 * @param seconds after which it is read again. Default: it is read once
 * @param isExpected whether to read again what is not found. Default: that is final
 */
export function useRead<Answer>(path: string, seconds?: number, isExpected = false) {
  return useQuery<Answer>({
    queryKey: [path],
    queryFn: ({ signal }) => call<Answer>(path, { signal }),
    refetchInterval: ({ state }) => {
      if (seconds === undefined || (isNotFound(state.error) && !isExpected)) return false;
      return seconds * 1_000;
    },
    placeholderData: keepPreviousData,
  });
}

/**
 * An action of the console. All data is read again afterwards.
 *
 * @param onDone gets the text of the answer, even when the component that acted is gone by then
 */
export function useAction<Answer extends { readonly text?: string } = { readonly text?: string }>(
  onDone?: (text: string) => void,
) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ path, body = {} }: { path: string; body?: object }) =>
      call<Answer>(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-console-token': TOKEN },
        body: JSON.stringify(body),
      }),
    onSuccess: ({ text }) => onDone?.(text ?? ''),
    onSettled: () => queries.invalidateQueries(),
  });
}

export const SystemContext = createContext<SystemInfo | undefined>(undefined);
export const LiveContext = createContext<Live>({ isConnected: false });

export interface Live {
  readonly snapshot?: Snapshot;
  readonly isConnected: boolean;
}

export function useSystem(): SystemInfo {
  const system = useContext(SystemContext);
  if (!system) throw new Error('The system has not been read yet.');
  return system;
}

export const useLive = () => useContext(LiveContext);

/** Follows the server-sent snapshots. The browser connects again by itself. */
export function useSnapshots(): Live {
  const [live, setLive] = useState<Live>({ isConnected: false });
  useEffect(() => {
    const source = new EventSource('/api/live');
    source.onmessage = ({ data }) => setLive({ snapshot: JSON.parse(data) as Snapshot, isConnected: true });
    source.onerror = () => setLive((before) => ({ ...before, isConnected: false }));
    return () => source.close();
  }, []);
  return live;
}
