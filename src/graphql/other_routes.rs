//! What the edge answers on other routes than `/graphql`: files, media and links, each bounded as a request is.

use hyper::http::request::Parts;

use super::{
    application::{GroupFile, MadeFile, OffPage, OwnFile, ReportFile, Tapped},
    errors::{Code, Refusal},
    handler::Edge,
};
use crate::http::identity::RequestId;

impl Edge {
    /// Makes a file of a frozen report; see [`super::application::Application::report_file`].
    ///
    /// # Errors
    /// What is wrong with the request, or that the server is busy.
    pub async fn report_file(
        &self,
        parts: &Parts,
        wanted: ReportFile,
    ) -> Result<MadeFile, Refusal> {
        let _permit = self.admission.enter()?;
        let caller = self.caller(parts, RequestId::of(&parts.extensions))?;
        self.in_time(self.application.report_file(caller, wanted))
            .await
    }

    /// Makes a file of a group; see [`super::application::Application::group_file`].
    ///
    /// # Errors
    /// What is wrong with the request, or that the server is busy.
    pub async fn group_file(&self, parts: &Parts, wanted: GroupFile) -> Result<MadeFile, Refusal> {
        let _permit = self.admission.enter()?;
        let caller = self.caller(parts, RequestId::of(&parts.extensions))?;
        self.in_time(self.application.group_file(caller, wanted))
            .await
    }

    /// Makes a file that is for who asks alone; see [`super::application::Application::own_file`].
    ///
    /// # Errors
    /// What is wrong with the request, or that the server is busy.
    pub async fn own_file(&self, parts: &Parts, wanted: OwnFile) -> Result<MadeFile, Refusal> {
        let _permit = self.admission.enter()?;
        let caller = self.caller(parts, RequestId::of(&parts.extensions))?;
        self.in_time(self.application.own_file(caller, wanted))
            .await
    }

    async fn in_time(
        &self,
        making: impl Future<Output = Result<MadeFile, Refusal>>,
    ) -> Result<MadeFile, Refusal> {
        let made = tokio::time::timeout(self.settings.deadline, making).await;
        made.unwrap_or_else(|_elapsed| {
            Err(Refusal::http(503, Code::Timeout, "It took too long: try again.").retry_after(5))
        })
    }

    /// Pictures, sounds, films and offline packages; see [`super::application::Application::media`].
    pub fn media(&self) -> Option<&crate::content::media::Media> {
        self.application.media()
    }

    /// The keys that sign offline packages; see [`super::application::Application::package_keys`].
    ///
    /// # Errors
    /// When they cannot be known now.
    pub async fn package_keys(&self) -> Result<Option<String>, String> {
        self.application.package_keys().await
    }

    /// Answers a link that turns notices off; see [`super::application::Application::notices_off`].
    ///
    /// # Errors
    /// That the server is busy.
    pub async fn notices_off(
        &self,
        parts: &Parts,
        token: &str,
        tapped: Tapped,
    ) -> Result<OffPage, Refusal> {
        let _permit = self.admission.enter()?;
        let caller = self.caller(parts, RequestId::of(&parts.extensions))?;
        let answering = self.application.notices_off(token, tapped, caller.language);
        let page = tokio::time::timeout(self.settings.deadline, answering).await;
        page.unwrap_or_else(|_elapsed| {
            Err(Refusal::http(503, Code::Timeout, "It took too long: try again.").retry_after(5))
        })
    }
}
