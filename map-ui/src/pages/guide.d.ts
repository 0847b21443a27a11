declare module '*.md' {
  /** A document for operators as a page shows it (guide.ts). */
  const text: { readonly title: string; readonly html: string };
  export default text;
}
