import { DomainError } from '@cairn/contracts';
import { parseExpression } from 'cron-parser';

/**
 * When a schedule is due next.
 * @param cron five fields: minute, hour, day of month, month, day of week
 * @param timeZone IANA name the fields are read in: 3:00 stays 3:00 when the clocks change. A time that the clocks leave
 *   out is taken an hour later, one that they repeat is taken once
 * @returns the first time after `after`
 * @throws INVALID_INPUT naming `cron` or `timeZone`
 */
export function nextRun(cron: string, timeZone: string, after: Date): Date {
  if (!isTimeZone(timeZone))
    throw DomainError.invalid('timeZone', `There is no time zone "${timeZone}"; an IANA name is, as Europe/Berlin.`);
  const fields = cron.trim().split(/\s+/);
  if (fields.length !== 5)
    throw DomainError.invalid(
      'cron',
      `Five fields are needed: minute, hour, day of month, month, day of week, as in "0 3 * * *"; got "${cron}".`,
    );
  try {
    return parseExpression(fields.join(' '), { currentDate: after, tz: timeZone }).next().toDate();
  } catch (error) {
    throw DomainError.invalid('cron', `"${cron}" is no time to run at: ${(error as Error).message}.`);
  }
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
