// @ts-check
/**
 * The fictional people who can sign in. What each may do is decided in the studio; the line under the name only says what
 * a fresh stack gives them.
 */

/** @typedef {{ name: string, email: string, displayName: string, eppn: string, about: string }} Person */

/** @type {readonly Person[]} */
export const people = [
  person('ada', 'Ada Admin', 'Global admin: everything'),
  person('gus', 'Gus Author', 'Global author: may add sites'),
  person('olga', 'Olga Owner', 'Owner of the sample course'),
  person('ed', 'Ed Editor', 'Editor of the sample course'),
  person('stan', 'Stan Stranger', 'No role anywhere'),
];

/** @param {string} name @param {string} displayName @param {string} about @returns {Person} */
function person(name, displayName, about) {
  return { name, email: `${name}@example.edu`, displayName, eppn: `${name}@example.edu`, about };
}

/**
 * Somebody with another address, as typed into the form.
 * @param {string} email @param {string} displayName
 * @returns {Person | null} null when it is no address.
 */
export function personOfEmail(email, displayName) {
  const address = email.trim().toLowerCase();
  if (address.length > 254 || !/^[^\s@<>"]+@[^\s@<>"]+\.[^\s@<>"]+$/.test(address)) return null;
  const name = address.slice(0, address.indexOf('@'));
  return { name, email: address, displayName: displayName.trim().slice(0, 200) || name, eppn: address, about: '' };
}
