import { time as words } from '../words/common.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A moment as people say it: "just now", "2 minutes ago", "yesterday", "March 3". */
export function relativeTime(at: Date, now: Date): string {
  const ago = now.getTime() - at.getTime();
  if (Math.abs(ago) < 45 * SECOND) return words.justNow;
  if (ago < 0) return exactTime(at);
  if (ago < HOUR) return plural(Math.max(1, Math.round(ago / MINUTE)), 'minute');
  const days = calendarDays(at, now);
  if (days === 0 || ago < 6 * HOUR) return plural(Math.round(ago / HOUR), 'hour');
  if (days === 1) return words.yesterday;
  if (days < 7) return words.daysAgo(days);
  const sameYear = at.getFullYear() === now.getFullYear();
  return at.toLocaleDateString('en-US', { month: 'long', day: 'numeric', ...(sameYear ? {} : { year: 'numeric' }) });
}

/** How far ahead a moment is, as people say it: "in 3 hours", "tomorrow", "in 29 days". */
export function timeUntil(at: Date, now: Date): string {
  const ahead = at.getTime() - now.getTime();
  if (ahead < MINUTE) return words.withinMinute;
  if (ahead < HOUR) return words.inMinutes(Math.max(1, Math.floor(ahead / MINUTE)));
  const days = calendarDays(now, at);
  if (days === 0 || ahead < 6 * HOUR) return words.inHours(Math.floor(ahead / HOUR));
  return days === 1 ? words.tomorrow : words.inDays(days);
}

const plural = (count: number, unit: string): string => words.ago(count, unit);

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
  if (value < 9_950) return words.seconds((value / SECOND).toFixed(1));
  const seconds = Math.round(value / SECOND);
  if (seconds < 60) return words.wholeSeconds(seconds);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 === 0 ? words.minutes(minutes) : words.minutesAndSeconds(minutes, seconds % 60);
  const hours = Math.floor(minutes / 60);
  if (hours >= 48 && minutes % 60 === 0) return hours % 24 === 0 ? words.days(hours / 24) : words.daysAndHours(Math.floor(hours / 24), hours % 24);
  return minutes % 60 === 0 ? words.hours(hours) : words.hoursAndMinutes(hours, minutes % 60);
}

/** "1st", "2nd", "3rd", "11th". */
export function ordinal(count: number): string {
  const tens = count % 100;
  const ending = tens >= 11 && tens <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][count % 10] ?? 'th');
  return `${count}${ending}`;
}
