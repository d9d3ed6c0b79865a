// How a page begins: its data is read, or it is said why it cannot be.

const byId = (id) => document.getElementById(id);

async function start(make) {
  const message = byId("message");
  message.textContent = "reading …";
  try {
    const { values, arrays } = await readData();
    window.explorer = make(values, arrays);
    message.hidden = true;
    window.explorer.ready = performance.now();
  } catch (error) {
    message.hidden = false;
    message.textContent =
      error instanceof Damaged
        ? `This page is damaged or cannot be shown. ${error.message} Write it anew with: sgdcc inspect NET --html FILE`
        : `This page cannot be shown: ${error.message}`;
  }
}
