/* What xblock-sdk's own script asks for by these names. */
/* exported studentId, handlerBaseUrl, asideBaseUrl */
var studentId = document.currentScript.dataset.person;
var handlerBaseUrl = document.currentScript.dataset.front + 'handler/';
var asideBaseUrl = document.currentScript.dataset.front + 'aside_handler/';
