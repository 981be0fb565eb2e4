// Sends the form of a page that only passes the browser on. Without this script its button does the same.
document.querySelector('form[data-submit]')?.submit();
