import { DomainError } from '@cairn/contracts';
import { decays, type Decay } from './schedule.js';
import { defaultSettings, objectives, type Objective, type Scope, type TrainingSettings } from './training-settings.js';

/** Settings as a request gives them: absent, null or "" is as in defaultSettings. */
export type RequestedSettings = {
  readonly [K in Exclude<keyof TrainingSettings, 'objective' | 'scope' | 'decay'>]?: TrainingSettings[K] | null;
} & {
  readonly objective?: string;
  readonly scope?: string;
  readonly decay?: string;
  readonly lastLayers?: number | null;
  readonly loraRank?: number | null;
  readonly loraAlpha?: number | null;
};

const scopes = ['all', 'last', 'lora', 'head'] as const;
const defaultLastLayers = 2;
const defaultRank = 8;

/**
 * What a request asks for, in the trainer's words.
 * @throws INVALID_INPUT naming the parameter that is none of those known
 */
export function settingsOfRequest(requested: RequestedSettings): Partial<TrainingSettings> {
  const { objective, scope, decay, lastLayers, loraRank, loraAlpha, ...numbers } = requested;
  const settings: Partial<Record<keyof TrainingSettings, unknown>> = {
    objective: oneOf<Objective>('objective', objective, objectives, defaultSettings.objective),
    decay: oneOf<Decay>('decay', decay, decays, defaultSettings.decay),
    scope: scopeOf(oneOf('scope', scope, scopes, 'all'), lastLayers, loraRank, loraAlpha),
  };
  for (const [name, value] of Object.entries(numbers))
    if (value != null && name in defaultSettings) settings[name as keyof TrainingSettings] = value;
  return settings as Partial<TrainingSettings>;
}

function scopeOf(
  kind: (typeof scopes)[number],
  layers: number | null = defaultLastLayers,
  rank: number | null = defaultRank,
  alpha: number | null = null,
): Scope {
  if (kind === 'last') return { kind, layers: layers ?? defaultLastLayers };
  if (kind !== 'lora') return { kind };
  const chosen = rank ?? defaultRank;
  return { kind, rank: chosen, alpha: alpha ?? 2 * chosen };
}

function oneOf<T extends string>(field: string, given: string | undefined, known: readonly T[], otherwise: T): T {
  if (given === undefined || given === '') return otherwise;
  const found = known.find((name) => name === given);
  if (found === undefined)
    throw DomainError.invalid(
      `parameters.${field}`,
      `There is no ${field} "${given}"; use one of ${known.join(', ')}.`,
    );
  return found;
}
