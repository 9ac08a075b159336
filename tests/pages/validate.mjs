// Reads pages as JSON from its input, `{path: html}`, and prints what is wrong with their HTML.
import { HtmlValidate } from "html-validate";

const rules = {
  extends: ["html-validate:standard"],
  rules: {
    // How it is written down is no matter of being right.
    "void-style": "off",
    "attribute-boolean-style": "off",
    "attribute-empty-style": "off",
    "no-trailing-whitespace": "off",
    "long-title": "off",
    "doctype-style": "off",
  },
};
let text = "";
for await (const part of process.stdin) text += part;
const checker = new HtmlValidate(rules);
for (const [path, html] of Object.entries(JSON.parse(text))) {
  const report = await checker.validateString(html);
  for (const { messages } of report.results) {
    for (const { ruleId, message, line, column, selector } of messages) {
      console.log(`${path}: ${ruleId}: ${message} (${line}:${column} ${selector})`);
    }
  }
}
