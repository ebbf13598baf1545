import { counted } from '#domain/counted.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A moment as people say it: "just now", "2 minutes ago", "yesterday", "March 3". */
export function relativeTime(at: Date, now: Date): string {
  const ago = now.getTime() - at.getTime();
  if (Math.abs(ago) < 45 * SECOND) return 'just now';
  if (ago < 0) return exactTime(at);
  if (ago < HOUR) return plural(Math.max(1, Math.round(ago / MINUTE)), 'minute');
  const days = calendarDays(at, now);
  if (days === 0 || ago < 6 * HOUR) return plural(Math.round(ago / HOUR), 'hour');
  if (days === 1) return 'yesterday';
  if (days < 7) return `${days} days ago`;
  const sameYear = at.getFullYear() === now.getFullYear();
  return at.toLocaleDateString('en-US', { month: 'long', day: 'numeric', ...(sameYear ? {} : { year: 'numeric' }) });
}

/** How far ahead a moment is, as people say it: "in 3 hours", "tomorrow", "in 29 days". */
export function timeUntil(at: Date, now: Date): string {
  const ahead = at.getTime() - now.getTime();
  if (ahead < MINUTE) return 'within a minute';
  if (ahead < HOUR) return `in ${counted(Math.max(1, Math.floor(ahead / MINUTE)), 'minute')}`;
  const days = calendarDays(now, at);
  if (days === 0 || ahead < 6 * HOUR) return `in ${counted(Math.floor(ahead / HOUR), 'hour')}`;
  return days === 1 ? 'tomorrow' : `in ${counted(days, 'day')}`;
}

const plural = (count: number, unit: string): string => `${count} ${unit}${count === 1 ? '' : 's'} ago`;

/** Midnights of the person's zone between the two moments. */
function calendarDays(from: Date, to: Date): number {
  const midnight = (date: Date): number => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
  return Math.round((midnight(to) - midnight(from)) / DAY);
}

/** A moment to the second, in the person's own zone, named. */
export function exactTime(at: Date): string {
  return at.toLocaleString('en-US', { weekday: 'short', year: 'numeric', month: 'long', day: 'numeric', hour: 'numeric', minute: '2-digit', second: '2-digit', timeZoneName: 'short' });
}

/** A length of time: "0.4 s", "12 s", "1 min 5 s", "2 h 3 min", "7 days". */
export function duration(ms: number): string {
  const value = Math.max(0, ms);
  if (value < 9_950) return `${(value / SECOND).toFixed(1)} s`;
  const seconds = Math.round(value / SECOND);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  if (hours >= 48 && minutes % 60 === 0) return hours % 24 === 0 ? counted(hours / 24, 'day') : `${counted(Math.floor(hours / 24), 'day')} ${hours % 24} h`;
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
}

/** "1st", "2nd", "3rd", "11th". */
export function ordinal(count: number): string {
  const tens = count % 100;
  const ending = tens >= 11 && tens <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][count % 10] ?? 'th');
  return `${count}${ending}`;
}
