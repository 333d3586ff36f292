/** The link of a pass or a permit: 16 characters of its code, 13 of its secret. */
const LINK = /^([0-9A-HJKMNP-TV-Z]{16})([0-9A-HJKMNP-TV-Z]{13})$/;

/** @returns {{whole: string, path: string, secret: string, isPermit: boolean} | null} */
export function linkOf(hash) {
  const plain = hash.slice(1).toUpperCase().replace(/[^0-9A-Z]/g, "").replace(/O/g, "0").replace(/[IL]/g, "1");
  const [whole, code, secret] = LINK.exec(plain) ?? [];
  if (!whole) return null;
  const isPermit = code[13] === "P";
  return { whole, path: `/v1/${isPermit ? "permits" : "passes"}/${code}`, secret, isPermit };
}
