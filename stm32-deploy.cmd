@echo off
rem SPDX-License-Identifier: Apache-2.0
rem Starts stm32-deploy from a clone of its repository; the first start builds the program.
setlocal
set "ROOT=%~dp0"
set "DIST=%ROOT%toolchain\target\dist"
where java >nul 2>nul
if errorlevel 1 goto missing
if exist "%DIST%\built" goto run
where mvn >nul 2>nul
if errorlevel 1 goto missing
echo stm32-deploy: building the program (once) 1>&2
pushd "%ROOT%"
call mvn -B -q -Dmaven.test.skip=true -Dspotless.check.skip=true package 1>&2
if errorlevel 1 (
  popd
  echo error SETUP-BUILD-FAILED  Maven could not build stm32-deploy 1>&2
  exit /b 3
)
popd
type nul > "%DIST%\built"
:run
if "%~1"=="test" goto tests
java -XX:+UseSerialGC "-Dstm32deploy.home=%ROOT%." -jar "%DIST%\stm32-deploy.jar" %*
exit /b %errorlevel%
:tests
pushd "%ROOT%"
call mvn -B verify
set "STATUS=%errorlevel%"
popd
exit /b %STATUS%
:missing
echo error SETUP-TOOL-MISSING  a JDK (17 or newer) and Maven are needed to build stm32-deploy 1>&2
echo   fix       winget install EclipseAdoptium.Temurin.17.JDK Apache.Maven 1>&2
exit /b 3
